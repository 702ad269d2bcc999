//! Printing labels ahead, and printing a sheet again.

use chrono::{DateTime, Utc};
use hokan_domain::{
    ids::{EventId, SheetId},
    label::{LabelId, LabelState, LabelTarget},
    person::Part,
    personal_number::CheckedText,
    refusal::Reason,
};
use hokan_labels::{
    code::LabelCode,
    payload::LabelHost,
    sheet::{LabelText, PrintError, PrintJob, PrinterOffset, print},
    stock::{Media, Stock},
};
use hokan_mobile_api::{Caller, Problem, ProblemCode};

use super::{App, AppError, PRODUCT, store_problem, view::moment};
use crate::store::{labels::Sheet, settings::Setting};

/// The most labels that are printed at once. More would keep a clerk waiting and waste stock on a mistake.
pub(crate) const MOST_LABELS: u32 = 2_400;

/// The longest name of a printer.
const PRINTER_NAME: usize = 60;

/// A kind of label stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockView {
    /// Its stable word.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How many labels a sheet has; one for tapes.
    pub positions: u32,
    /// Labels side by side on a sheet; one for tapes.
    pub columns: u32,
    /// A tape, which has no positions.
    pub is_tape: bool,
}

impl From<&Stock> for StockView {
    fn from(stock: &Stock) -> Self {
        let (positions, columns, is_tape) = match &stock.media {
            Media::Sheet(sheet) => (u32::from(sheet.count()), u32::from(sheet.cols), false),
            Media::Tape(_) => (1, 1, true),
        };
        Self { id: stock.id.clone(), name: stock.name.clone(), positions, columns, is_tape }
    }
}

/// One printing, as a page shows it.
#[derive(Debug, Clone)]
pub struct SheetView {
    /// Its id.
    pub id: SheetId,
    /// The stock's stable word.
    pub stock: String,
    /// What people call the stock.
    pub stock_name: String,
    /// The position of the first label, counted from one.
    pub start_position: u32,
    /// How many labels were printed.
    pub count: u32,
    /// How many of them are on nothing yet.
    pub blank: u64,
    /// When.
    pub printed_at: DateTime<Utc>,
    /// The same for people.
    pub printed_text: String,
    /// By whom.
    pub printed_by: String,
    /// The last position used on the last sheet of paper; zero for tapes and for a full sheet.
    pub used_up_to: u32,
}

/// A printer with its offset.
#[derive(Debug, Clone, PartialEq)]
pub struct PrinterView {
    /// What people call it.
    pub name: String,
    /// How far to move everything to the right, in millimetres.
    pub offset_x_mm: f64,
    /// How far to move everything down, in millimetres.
    pub offset_y_mm: f64,
}

/// Blank labels to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintRequest {
    /// The stock's stable word.
    pub stock: String,
    /// How many.
    pub count: u32,
    /// The position of the first label, counted from one.
    pub start_position: u32,
}

impl App {
    /// The kinds of stock that can be printed on.
    #[must_use]
    pub fn stocks(&self) -> Vec<StockView> {
        Stock::all_built_in().iter().map(StockView::from).collect()
    }

    /// All printings, newest first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn sheets(&self, caller: &Caller) -> Result<Vec<SheetView>, Problem> {
        let fault = |error| store_problem(&error, caller.lang);
        let sheets = self.store().sheets().await.map_err(fault)?;
        let stocks = self.stocks();
        self.with_names(caller.lang, |book| {
            sheets
                .iter()
                .map(|(sheet, blank)| {
                    let stock = stocks.iter().find(|stock| stock.id == sheet.stock);
                    let printed_at = DateTime::from_timestamp_millis(sheet.printed_at).unwrap_or_default();
                    SheetView {
                        id: sheet.id,
                        stock: sheet.stock.clone(),
                        stock_name: stock.map_or_else(|| sheet.stock.clone(), |stock| stock.name.clone()),
                        start_position: sheet.start_position,
                        count: sheet.count,
                        blank: *blank,
                        printed_at,
                        printed_text: moment(printed_at),
                        printed_by: hokan_domain::text::Names::person(book, sheet.printed_by),
                        used_up_to: match stock {
                            Some(stock) if !stock.is_tape => {
                                (sheet.start_position + sheet.count - 1) % stock.positions
                            }
                            _ => 0,
                        },
                    }
                })
                .collect()
        })
        .await
        .map_err(fault)
    }

    /// All printers with their offsets.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn printers(&self, caller: &Caller) -> Result<Vec<PrinterView>, Problem> {
        let printers = self.store().printers().await.map_err(|error| store_problem(&error, caller.lang))?;
        Ok(printers
            .into_iter()
            .map(|(name, x, y)| PrinterView {
                name,
                offset_x_mm: f64::from(x) / 1000.0,
                offset_y_mm: f64::from(y) / 1000.0,
            })
            .collect())
    }

    /// Stores a printer's offset.
    ///
    /// # Errors
    /// Where the offset is impossible, or the caller is neither handler nor administrator.
    pub async fn set_printer(&self, caller: &Caller, printer: PrinterView) -> Result<(), Problem> {
        self.may_print(caller).await?;
        let lang = caller.lang;
        let name = CheckedText::new(&printer.name, PRINTER_NAME)
            .map_err(|error| Problem::text(&error, lang).with_field("name"))?;
        let micrometres = |mm: f64, field| {
            if mm.is_finite() && mm.abs() <= 20.0 {
                #[expect(clippy::cast_possible_truncation, reason = "at most 20,000, checked above")]
                Ok((mm * 1000.0).round() as i32)
            } else {
                Err(Problem::new(ProblemCode::BadRequestBody, lang).with_field(field).with_detail(lang.pick(
                    "印刷位置の調整は上下左右とも20mm以内です。",
                    "An offset is at most 20 mm either way.",
                )))
            }
        };
        let x = micrometres(printer.offset_x_mm, "offset_x_mm")?;
        let y = micrometres(printer.offset_y_mm, "offset_y_mm")?;
        let actor = caller.person.id;
        self.store()
            .write("printer.set", move |tx| {
                Box::pin(async move {
                    tx.set_printer_offset(name.as_str(), x, y).await?;
                    tx.audit(Some(actor), "printer-set", name.as_str(), format!("{x} {y}")).await
                })
            })
            .await
            .map_err(|error| store_problem(&error, lang))
    }

    async fn may_print(&self, caller: &Caller) -> Result<(), Problem> {
        if caller.person.is(Part::Handler) || caller.person.is(Part::Administrator) {
            return Ok(());
        }
        let error = AppError::reason(Reason::PartMissing { part: Part::Handler }, &self.profile());
        Err(self.problem(caller, error).await)
    }

    /// Makes blank labels. The same event again with the same content gives the same sheet again.
    ///
    /// # Errors
    /// Where the stock, the number or the position is impossible, or the caller is neither handler nor
    /// administrator.
    pub async fn print_labels(
        &self,
        caller: &Caller,
        event: EventId,
        request: PrintRequest,
    ) -> Result<SheetId, Problem> {
        self.may_print(caller).await?;
        let lang = caller.lang;
        let bad = |field: &'static str, ja: String, en: String| {
            Err(Problem::new(ProblemCode::BadRequestBody, lang)
                .with_field(field)
                .with_detail(lang.pick(ja, en)))
        };
        let Some(stock) = Stock::built_in(&request.stock) else {
            return bad(
                "stock",
                "この用紙は登録されていません。".into(),
                "There is no such label stock.".into(),
            );
        };
        if request.count == 0 || request.count > MOST_LABELS {
            return bad(
                "count",
                format!("枚数は1から{MOST_LABELS}までで指定してください。"),
                format!("Choose a number of labels from 1 to {MOST_LABELS}."),
            );
        }
        let positions = StockView::from(&stock).positions;
        if request.start_position == 0 || request.start_position > positions {
            return bad(
                "start_position",
                format!("開始位置は1から{positions}までで指定してください。"),
                format!("Choose a start position from 1 to {positions}."),
            );
        }
        let stamp = self.stamp(caller, event, &format!("print {request:?}"));
        let printed: Result<SheetId, AppError> = self
            .store()
            .write("labels.print", move |tx| {
                Box::pin(async move {
                    if let Some(first) = tx.first_outcome(&stamp).await?.first() {
                        return first.subject_id.parse().map_err(|_| AppError::NotFound);
                    }
                    let labels = (0..request.count)
                        .map(|_| label_id(LabelCode::from_entropy(tx.entropy().number())))
                        .collect::<Result<Vec<_>, _>>()?;
                    let sheet = SheetId(tx.entropy().id(tx.now()));
                    tx.print_labels(&stamp, sheet, &request.stock, request.start_position, &labels).await?;
                    Ok(sheet)
                })
            })
            .await;
        match printed {
            Ok(sheet) => Ok(sheet),
            Err(error) => Err(self.problem(caller, error).await),
        }
    }

    /// A sheet as PDF. Labels that were voided meanwhile leave their position empty; those that are bound
    /// bear their item's control number.
    ///
    /// # Errors
    /// `not-found`, or where the caller is neither handler nor administrator.
    pub async fn sheet_pdf(
        &self,
        caller: &Caller,
        sheet: SheetId,
        printer: Option<&str>,
    ) -> Result<Vec<u8>, Problem> {
        self.may_print(caller).await?;
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let Some(sheet) = self.store().sheet(sheet).await.map_err(fault)? else {
            return Err(Problem::new(ProblemCode::NotFound, lang));
        };
        let labels = self.store().labels_of_sheet(sheet.id).await.map_err(fault)?;
        let job = self.job(caller, &sheet, labels, printer).await?;
        render(job, lang).await
    }

    /// A page that shows the outlines of every position, to see whether stock and printer fit.
    ///
    /// # Errors
    /// `not-found` where there is no such stock.
    pub async fn calibration_pdf(
        &self,
        caller: &Caller,
        stock: &str,
        printer: Option<&str>,
    ) -> Result<Vec<u8>, Problem> {
        self.may_print(caller).await?;
        let Some(stock) = Stock::built_in(stock) else {
            return Err(Problem::new(ProblemCode::NotFound, caller.lang));
        };
        let job = PrintJob {
            title: caller.lang.pick("位置合わせ用紙", "Calibration sheet").to_owned(),
            stock,
            start_position: 1,
            used_positions: Vec::new(),
            offset: self.offset(caller, printer).await?,
            labels: Vec::new(),
            host: None,
            body_name: self.body_name().await,
            outlines: true,
            created_unix: self.store().clock().now().timestamp(),
        };
        render(job, caller.lang).await
    }

    async fn offset(&self, caller: &Caller, printer: Option<&str>) -> Result<PrinterOffset, Problem> {
        let Some(name) = printer.filter(|name| !name.is_empty()) else { return Ok(PrinterOffset::default()) };
        let offset = self
            .store()
            .printer_offset(name)
            .await
            .map_err(|error| store_problem(&error, caller.lang))?
            .ok_or_else(|| Problem::new(ProblemCode::NotFound, caller.lang))?;
        // Micrometres as stored: at most 20,000, exact in an f32.
        #[expect(clippy::cast_precision_loss, reason = "at most 20,000")]
        let mm = |um: i32| um as f32 / 1000.0;
        Ok(PrinterOffset { dx_mm: mm(offset.0), dy_mm: mm(offset.1) })
    }

    async fn job(
        &self,
        caller: &Caller,
        sheet: &Sheet,
        labels: Vec<(LabelId, LabelState)>,
        printer: Option<&str>,
    ) -> Result<PrintJob, Problem> {
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let stock = Stock::built_in(&sheet.stock).ok_or_else(|| Problem::new(ProblemCode::NotFound, lang))?;
        let mut texts = Vec::with_capacity(labels.len());
        for (label, state) in &labels {
            if matches!(state, LabelState::Void { .. }) {
                continue;
            }
            let control_number = match state {
                LabelState::Bound(LabelTarget::Item(id)) => {
                    match self.store().item(*id).await.map_err(fault)? {
                        Some(item) => self
                            .with_names(lang, |book| item.control_number.map(|text| book.text(text)))
                            .await
                            .map_err(fault)?,
                        None => None,
                    }
                }
                LabelState::Bound(LabelTarget::Place(id)) => {
                    self.store().place(*id).await.map_err(fault)?.map(|place| place.name)
                }
                LabelState::Bound(LabelTarget::Container(id)) => {
                    self.store().container(*id).await.map_err(fault)?.map(|container| container.name)
                }
                _ => None,
            };
            texts.push(LabelText { code: label_code(label, lang)?, control_number, caption: None });
        }
        let host = self.store().setting(Setting::LabelHost).await.map_err(fault)?;
        let printed_at = DateTime::from_timestamp_millis(sheet.printed_at).unwrap_or_default();
        Ok(PrintJob {
            title: lang
                .pick(format!("ラベル {}", moment(printed_at)), format!("Labels {}", moment(printed_at))),
            start_position: u16::try_from(sheet.start_position).unwrap_or(u16::MAX),
            used_positions: void_positions(sheet, &stock, &labels),
            stock,
            offset: self.offset(caller, printer).await?,
            labels: texts,
            // A host that cannot stand in a payload was refused when it was set.
            host: host.and_then(|host| host.parse::<LabelHost>().ok()),
            body_name: self.body_name().await,
            outlines: false,
            created_unix: printed_at.timestamp(),
        })
    }

    /// The name of the town or association.
    pub async fn body_name(&self) -> String {
        let stored = self.store().setting(Setting::BodyName).await;
        stored.ok().flatten().unwrap_or_else(|| PRODUCT.to_owned())
    }
}

/// The positions of void labels on the first sheet, so that they stay empty there. On further sheets the
/// labels close up: those sheets are new when they are printed again.
fn void_positions(sheet: &Sheet, stock: &Stock, labels: &[(LabelId, LabelState)]) -> Vec<u16> {
    let positions = StockView::from(stock).positions;
    labels
        .iter()
        .zip(sheet.start_position..)
        .filter(|((_, state), position)| matches!(state, LabelState::Void { .. }) && *position <= positions)
        .filter_map(|(_, position)| u16::try_from(position).ok())
        .collect()
}

fn label_id(code: LabelCode) -> Result<LabelId, AppError> {
    // The two crates write a code alike; that they do is tested in both directions.
    code.as_str().parse().map_err(|_| AppError::UnknownLabel)
}

fn label_code(label: &LabelId, lang: hokan_domain::text::Lang) -> Result<LabelCode, Problem> {
    label
        .as_str()
        .parse()
        .map_err(|error: hokan_labels::code::LabelCodeError| Problem::internal(lang, &error))
}

async fn render(job: PrintJob, lang: hokan_domain::text::Lang) -> Result<Vec<u8>, Problem> {
    // A second of work for thousands of labels does not belong on the threads that serve requests.
    let printed = tokio::task::spawn_blocking(move || print(&job))
        .await
        .map_err(|error| Problem::internal(lang, &error))?;
    printed.map_err(|error| match error {
        PrintError::NoLabels | PrintError::NoFreePosition => Problem::new(ProblemCode::NotFound, lang)
            .with_detail(lang.pick(
                "このシートに有効なラベルは残っていません。",
                "No label of this sheet is valid any more.",
            )),
        PrintError::TooSmall => Problem::new(ProblemCode::BadRequestBody, lang).with_detail(lang.pick(
            "この用紙にはQRコードが入りません。大きい用紙を選んでください。",
            "The QR code does not fit on this stock. Choose larger labels.",
        )),
        error => Problem::internal(lang, &error),
    })
}
