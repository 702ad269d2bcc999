//! Printing labels: sheets, half-used sheets, printers that feed a little off.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use hokan_domain::{ids::SheetId, text::Lang};
use hokan_mobile_api::{Problem, ProblemCode, ProblemDocument};
use serde::Deserialize;

use super::{
    Web,
    error::Failed,
    form::{Form, fresh_event_id},
    guard::Visitor,
    layout::{Nav, Page, html_with, percent_encoded},
    texts,
};
use crate::app::{PrintRequest, PrinterView, SheetView, StockView};

/// The most characters of a printer's name.
const PRINTER_NAME: usize = 60;

#[derive(Template)]
#[template(path = "labels.html")]
struct LabelsPage {
    page: Page,
    stocks: Vec<StockView>,
    stock: StockView,
    start: u32,
    count: String,
    sheets: Vec<SheetView>,
    printers: Vec<PrinterView>,
    printed: Option<String>,
    problem: Option<ProblemDocument>,
    form: Form,
    event_id: String,
}

impl LabelsPage {
    fn positions(&self) -> std::ops::RangeInclusive<u32> {
        1..=self.stock.positions
    }

    fn is_chosen(&self, position: &u32) -> bool {
        *position == self.start
    }

    fn is_stock(&self, id: &str) -> bool {
        self.stock.id == id
    }

    /// What people call a stock, which itself knows its Japanese name only.
    fn stock_name(&self, name: &str) -> String {
        match self.page.lang {
            Lang::Ja => name.to_owned(),
            Lang::En => name.replace("面（", " labels (").replace('）', ")").replace("テープ", "Tape"),
        }
    }

    fn wrong(&self, field: &str) -> bool {
        self.problem.as_ref().is_some_and(|problem| problem.field.as_deref() == Some(field))
    }

    /// Where to print on the labels that are left of the last sheet of paper, if there are any.
    fn rest(&self, sheet: &SheetView) -> Option<String> {
        let next = sheet.used_up_to + 1;
        (sheet.used_up_to != 0)
            .then(|| format!("/labels?stock={}&start={next}", percent_encoded(&sheet.stock)))
    }
}

/// What the page is asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    stock: Option<String>,
    start: Option<u32>,
    printed: Option<String>,
}

/// The page.
pub(crate) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failed> {
    labels_page(&web, &visitor, asked, None, Form::default()).await
}

/// Prints.
pub(crate) async fn print(State(web): State<Web>, visitor: Visitor, form: Form) -> Result<Response, Failed> {
    let asked = form.event_id().and_then(|event| Ok((event, read(&form)?)));
    let outcome = match asked {
        Ok((event, request)) => web.app.print_labels(&visitor.caller, event, request).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(sheet) => Ok(Redirect::to(&format!("/labels?printed={sheet}")).into_response()),
        Err(problem) => {
            let asked = Asked {
                stock: Some(form.raw("stock").to_owned()),
                start: form.raw("start_position").parse().ok(),
                printed: None,
            };
            labels_page(&web, &visitor, asked, Some(problem), form.shown_again()).await
        }
    }
}

fn read(form: &Form) -> Result<PrintRequest, Problem> {
    let number = |name: &str, most: u32| {
        form.optional_number(name)?
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| (1..=most).contains(number))
            .ok_or_else(|| form.wrong(name, "labels.how_many"))
    };
    Ok(PrintRequest {
        stock: form.raw("stock").to_owned(),
        count: number("count", crate::app::labels::MOST_LABELS)?,
        start_position: if form.raw("start_position").is_empty() {
            1
        } else {
            number("start_position", 1000)?
        },
    })
}

/// Says by how much a printer feeds off.
pub(crate) async fn set_printer(
    State(web): State<Web>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failed> {
    let read = || {
        Ok(PrinterView {
            name: form.line("name", PRINTER_NAME)?.into_string(),
            offset_x_mm: form.millimetres("offset_x_mm")?,
            offset_y_mm: form.millimetres("offset_y_mm")?,
        })
    };
    let outcome = match read() {
        Ok(printer) => web.app.set_printer(&visitor.caller, printer).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(()) => Ok(Redirect::to("/labels#printers").into_response()),
        Err(problem) => {
            labels_page(&web, &visitor, Asked::default(), Some(problem), form.shown_again()).await
        }
    }
}

/// Which printer a sheet is for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct For {
    #[serde(default)]
    printer: String,
    #[serde(default)]
    stock: String,
}

impl For {
    fn printer(&self) -> Option<&str> {
        (!self.printer.is_empty()).then_some(self.printer.as_str())
    }
}

/// A sheet of labels to print.
pub(crate) async fn sheet(
    State(web): State<Web>,
    visitor: Visitor,
    Path(name): Path<String>,
    Query(wanted): Query<For>,
) -> Result<Response, Failed> {
    let sheet = name.strip_suffix(".pdf").and_then(|id| id.parse::<SheetId>().ok());
    let Some(sheet) = sheet else {
        return Err(Problem::new(ProblemCode::NotFound, visitor.lang).into());
    };
    let bytes = web.app.sheet_pdf(&visitor.caller, sheet, wanted.printer()).await?;
    Ok(pdf(&format!("hokan-labels-{sheet}.pdf"), bytes))
}

/// A sheet that shows by how much a printer feeds off.
pub(crate) async fn calibration(
    State(web): State<Web>,
    visitor: Visitor,
    Query(wanted): Query<For>,
) -> Result<Response, Failed> {
    let bytes = web.app.calibration_pdf(&visitor.caller, &wanted.stock, wanted.printer()).await?;
    Ok(pdf("hokan-calibration.pdf", bytes))
}

/// A PDF to be shown in the browser, whose name is ASCII by construction.
fn pdf(name: &str, bytes: Vec<u8>) -> Response {
    let mut response = ([(header::CONTENT_TYPE, "application/pdf")], bytes).into_response();
    if let Ok(disposition) = HeaderValue::from_str(&format!("inline; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

async fn labels_page(
    web: &Web,
    visitor: &Visitor,
    asked: Asked,
    problem: Option<Problem>,
    form: Form,
) -> Result<Response, Failed> {
    let lang = visitor.lang;
    let sheets = web.app.sheets(&visitor.caller).await?;
    let printers = web.app.printers(&visitor.caller).await?;
    let stocks = web.app.stocks();
    // The stock that was asked for, else the one that was printed on last, else the first.
    let by_id = |id: &str| stocks.iter().find(|stock| stock.id == id);
    let stock = asked
        .stock
        .as_deref()
        .and_then(by_id)
        .or_else(|| sheets.first().and_then(|sheet| by_id(&sheet.stock)))
        .or_else(|| by_id("a4-24"))
        .or_else(|| stocks.first());
    let Some(stock) = stock.cloned() else {
        return Err(Problem::internal(lang, &"there is no label stock").into());
    };
    let start = asked.start.filter(|start| (1..=stock.positions).contains(start)).unwrap_or(1);
    let rest = stock.positions.saturating_sub(start - 1);
    let count = match form.raw("count") {
        "" if stock.is_tape => "10".to_owned(),
        "" => rest.to_string(),
        typed => typed.to_owned(),
    };
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let used_up = problem.as_ref().is_some_and(|problem| problem.is(ProblemCode::EventIdReused));
    let kept = form.raw("event_id");
    let event_id = if kept.is_empty() || used_up { fresh_event_id() } else { kept.to_owned() };
    let printed = asked.printed.filter(|id| sheets.iter().any(|sheet| sheet.id.to_string() == *id));
    let page = visitor.page(Nav::Labels, texts::text(lang, "labels.title"));
    let problem = problem.map(Problem::into_document);
    let view =
        LabelsPage { page, stocks, stock, start, count, sheets, printers, printed, problem, form, event_id };
    html_with(status, lang, &view)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(page: Page) -> impl Template {
        let stock = StockView {
            id: "a4-24".to_owned(),
            name: "A4 24面（66 × 33.9 mm）".to_owned(),
            positions: 24,
            columns: 3,
            is_tape: false,
        };
        let sheet = SheetView {
            id: SheetId(uuid::Uuid::from_u128(5)),
            stock: stock.id.clone(),
            stock_name: stock.name.clone(),
            start_position: 1,
            count: 10,
            blank: 7,
            printed_at: chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
            printed_text: "2027-01-15 17:00".to_owned(),
            printed_by: "佐藤 花子".to_owned(),
            used_up_to: 10,
        };
        let printer =
            PrinterView { name: "総務課 複合機".to_owned(), offset_x_mm: 0.5, offset_y_mm: -1.0 };
        let problem = Problem::new(ProblemCode::BadRequestBody, page.lang).with_field("count");
        LabelsPage {
            page,
            stocks: vec![stock.clone()],
            stock,
            start: 11,
            count: "0".to_owned(),
            printed: Some(sheet.id.to_string()),
            sheets: vec![sheet],
            printers: vec![printer],
            problem: Some(problem.into_document()),
            form: Form::default(),
            event_id: fresh_event_id(),
        }
    }

    #[test]
    fn a_print_needs_a_possible_number() {
        use hokan_domain::text::Lang;
        let form = |count: &str, start: &str| {
            Form::filled(Lang::Ja, &[("stock", "a4-24"), ("count", count), ("start_position", start)])
        };
        assert!(read(&form("２４", "")).is_ok_and(|asked| asked.count == 24 && asked.start_position == 1));
        for (count, start) in [("0", "1"), ("", "1"), ("5001", "1"), ("1", "0"), ("x", "1")] {
            assert!(read(&form(count, start)).is_err(), "{count} {start}");
        }
    }
}
