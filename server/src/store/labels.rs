//! Labels: printed ahead, bound to one thing, void once replaced.

use hokan_domain::{
    ids::{ContainerId, ItemId, PersonId, PlaceId, SheetId},
    label::{LabelId, LabelState, LabelTarget, SheetEvent},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::{
    Store, StoreError, WriteTx,
    entity::{label, label_sheet, printer},
    ledger::{ActStamp, NewEntry, Subject},
};

/// The word for sheets of labels in the ledger.
pub const SUBJECT_KIND: &str = "label-sheet";

/// One printing of labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Its id.
    pub id: SheetId,
    /// The stock's name.
    pub stock: String,
    /// The position of the first label, counted from one.
    pub start_position: u32,
    /// How many labels.
    pub count: u32,
    /// When it was printed, in milliseconds of UTC.
    pub printed_at: i64,
    /// Who printed it.
    pub printed_by: PersonId,
}

fn target_columns(target: LabelTarget) -> (&'static str, Uuid) {
    match target {
        LabelTarget::Item(id) => ("item", id.0),
        LabelTarget::Container(id) => ("container", id.0),
        LabelTarget::Place(id) => ("place", id.0),
    }
}

fn read_state(row: &label::Model) -> Result<LabelState, StoreError> {
    let corrupt = |column, why: &str| StoreError::corrupt("label", column, &row.code, why);
    let target = match (row.target_kind.as_deref(), row.target_id) {
        (Some("item"), Some(id)) => Some(LabelTarget::Item(ItemId(id))),
        (Some("container"), Some(id)) => Some(LabelTarget::Container(ContainerId(id))),
        (Some("place"), Some(id)) => Some(LabelTarget::Place(PlaceId(id))),
        (None, None) => None,
        _ => return Err(corrupt("target_kind", "it does not go with target_id")),
    };
    let replaced_by = match &row.replaced_by {
        Some(code) => Some(code.parse().map_err(|_| corrupt("replaced_by", "it is not a label code"))?),
        None => None,
    };
    match (row.state.as_str(), target) {
        ("blank", None) => Ok(LabelState::Blank),
        ("bound", Some(target)) => Ok(LabelState::Bound(target)),
        ("void", target) => Ok(LabelState::Void { target, replaced_by }),
        _ => Err(corrupt("state", "it does not go with the target")),
    }
}

async fn load(
    connection: &impl ConnectionTrait,
    label: &LabelId,
) -> Result<Option<(LabelState, SheetId)>, StoreError> {
    match label::Entity::find_by_id(label.as_str()).one(connection).await? {
        Some(row) => Ok(Some((read_state(&row)?, SheetId(row.sheet)))),
        None => Ok(None),
    }
}

impl WriteTx {
    /// Where a label stands; `None` where no such label was ever printed.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn label(&self, label: &LabelId) -> Result<Option<LabelState>, StoreError> {
        Ok(load(self.read(), label).await?.map(|(state, _)| state))
    }

    pub(super) async fn bind_label(
        &mut self,
        label: &LabelId,
        target: LabelTarget,
    ) -> Result<(), StoreError> {
        let (kind, id) = target_columns(target);
        self.set_label(
            label,
            label::ActiveModel {
                state: Set("bound".to_owned()),
                target_kind: Set(Some(kind.to_owned())),
                target_id: Set(Some(id)),
                ..Default::default()
            },
        )
        .await
    }

    pub(super) async fn void_label(&mut self, old: &LabelId, new: &LabelId) -> Result<(), StoreError> {
        self.set_label(
            old,
            label::ActiveModel {
                state: Set("void".to_owned()),
                replaced_by: Set(Some(new.to_string())),
                ..Default::default()
            },
        )
        .await
    }

    async fn set_label(&mut self, label: &LabelId, row: label::ActiveModel) -> Result<(), StoreError> {
        label::Entity::update_many()
            .set(row)
            .filter(label::Column::Code.eq(label.as_str()))
            .exec(self.write())
            .await?;
        Ok(())
    }

    /// Records a printing of blank labels.
    ///
    /// # Errors
    /// Where the database fails, also where a code was printed before.
    pub async fn print_labels(
        &mut self,
        act: &ActStamp,
        sheet: SheetId,
        stock: &str,
        start_position: u32,
        labels: &[LabelId],
    ) -> Result<(), StoreError> {
        let event =
            SheetEvent::LabelsPrinted { stock: stock.to_owned(), start_position, labels: labels.to_vec() };
        let printed_at = self.now().timestamp_millis();
        let row = label_sheet::ActiveModel {
            id: Set(sheet.0),
            version: Set(1),
            stock: Set(stock.to_owned()),
            start_position: Set(i32::try_from(start_position).unwrap_or(i32::MAX)),
            count: Set(i32::try_from(labels.len()).unwrap_or(i32::MAX)),
            printed_at: Set(printed_at),
            printed_by: Set(act.actor.0),
        };
        let connection = self.write();
        label_sheet::Entity::insert(row).exec_without_returning(connection).await?;
        for (chunk_index, chunk) in labels.chunks(500).enumerate() {
            let rows = chunk.iter().enumerate().map(|(index, code)| label::ActiveModel {
                code: Set(code.to_string()),
                state: Set("blank".to_owned()),
                target_kind: Set(None),
                target_id: Set(None),
                replaced_by: Set(None),
                sheet: Set(sheet.0),
                sheet_index: Set(i32::try_from(chunk_index * 500 + index).unwrap_or(i32::MAX)),
            });
            label::Entity::insert_many(rows).exec_without_returning(connection).await?;
        }
        self.append_to_sheet(act, sheet, 0, event).await
    }

    /// Binds a blank label to a place or a container.
    ///
    /// # Errors
    /// Where the database fails or there is no such label.
    pub async fn bind_label_to_home(
        &mut self,
        act: &ActStamp,
        label: &LabelId,
        target: LabelTarget,
    ) -> Result<(), StoreError> {
        let (_, sheet) = load(self.read(), label)
            .await?
            .ok_or_else(|| StoreError::corrupt("label", "code", label, "there is no such label"))?;
        let version = label_sheet::Entity::find_by_id(sheet.0)
            .one(self.read())
            .await?
            .map(|row| row.version)
            .ok_or_else(|| StoreError::corrupt("label", "sheet", label, "there is no such sheet"))?;
        label_sheet::Entity::update_many()
            .set(label_sheet::ActiveModel { version: Set(version + 1), ..Default::default() })
            .filter(label_sheet::Column::Id.eq(sheet.0))
            .exec(self.write())
            .await?;
        self.bind_label(label, target).await?;
        let event = SheetEvent::LabelBound { label: label.clone(), target };
        self.append_to_sheet(act, sheet, version.unsigned_abs(), event).await
    }

    async fn append_to_sheet(
        &mut self,
        act: &ActStamp,
        sheet: SheetId,
        version: u64,
        event: SheetEvent,
    ) -> Result<(), StoreError> {
        let body = serde_json::to_string(&event)
            .map_err(|error| StoreError::corrupt("ledger_entry", "body", sheet, error))?;
        let entry = NewEntry { kind: event.kind().to_owned(), body };
        let subject = sheet.to_string();
        self.append(act, Subject { kind: SUBJECT_KIND, id: &subject }, version, vec![entry]).await?;
        Ok(())
    }
}

impl Store {
    /// Where a label stands; `None` where no such label was ever printed.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn label(&self, label: &LabelId) -> Result<Option<LabelState>, StoreError> {
        Ok(load(&self.reader, label).await?.map(|(state, _)| state))
    }

    /// The labels of a sheet in the order of their positions, with where each stands.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn labels_of_sheet(&self, sheet: SheetId) -> Result<Vec<(LabelId, LabelState)>, StoreError> {
        let rows = label::Entity::find()
            .filter(label::Column::Sheet.eq(sheet.0))
            .order_by_asc(label::Column::SheetIndex)
            .all(&self.reader)
            .await?;
        rows.iter().map(read_label).collect()
    }

    /// Every label with where it stands, for refolding.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn all_labels(&self) -> Result<Vec<(LabelId, LabelState)>, StoreError> {
        let rows = label::Entity::find().order_by_asc(label::Column::Code).all(&self.reader).await?;
        rows.iter().map(read_label).collect()
    }

    /// One printing.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn sheet(&self, id: SheetId) -> Result<Option<Sheet>, StoreError> {
        label_sheet::Entity::find_by_id(id.0).one(&self.reader).await?.map(read_sheet).transpose()
    }

    /// All printings, newest first, each with the number of its labels that are still blank.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn sheets(&self) -> Result<Vec<(Sheet, u64)>, StoreError> {
        let rows = label_sheet::Entity::find()
            .order_by_desc(label_sheet::Column::PrintedAt)
            .all(&self.reader)
            .await?;
        let mut sheets = Vec::with_capacity(rows.len());
        for row in rows {
            let blank = label::Entity::find()
                .filter(label::Column::Sheet.eq(row.id))
                .filter(label::Column::State.eq("blank"))
                .count(&self.reader)
                .await?;
            sheets.push((read_sheet(row)?, blank));
        }
        Ok(sheets)
    }

    /// The offset of a printer in micrometres to the right and down.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn printer_offset(&self, name: &str) -> Result<Option<(i32, i32)>, StoreError> {
        let row = printer::Entity::find_by_id(name).one(&self.reader).await?;
        Ok(row.map(|row| (row.offset_x_um, row.offset_y_um)))
    }

    /// All printers with their offsets in micrometres.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn printers(&self) -> Result<Vec<(String, i32, i32)>, StoreError> {
        let rows = printer::Entity::find().order_by_asc(printer::Column::Name).all(&self.reader).await?;
        Ok(rows.into_iter().map(|row| (row.name, row.offset_x_um, row.offset_y_um)).collect())
    }
}

impl WriteTx {
    /// Stores the offset of a printer, in micrometres to the right and down.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set_printer_offset(&mut self, name: &str, x_um: i32, y_um: i32) -> Result<(), StoreError> {
        let row = printer::ActiveModel {
            name: Set(name.to_owned()),
            offset_x_um: Set(x_um),
            offset_y_um: Set(y_um),
        };
        let on_conflict = sea_orm::sea_query::OnConflict::column(printer::Column::Name)
            .update_columns([printer::Column::OffsetXUm, printer::Column::OffsetYUm])
            .to_owned();
        printer::Entity::insert(row).on_conflict(on_conflict).exec_without_returning(self.write()).await?;
        Ok(())
    }
}

fn read_label(row: &label::Model) -> Result<(LabelId, LabelState), StoreError> {
    let code = row
        .code
        .parse()
        .map_err(|_| StoreError::corrupt("label", "code", &row.code, "it is not a label code"))?;
    Ok((code, read_state(row)?))
}

fn read_sheet(row: label_sheet::Model) -> Result<Sheet, StoreError> {
    let number = |column, value: i32| {
        u32::try_from(value).map_err(|error| StoreError::corrupt("label_sheet", column, row.id, error))
    };
    Ok(Sheet {
        id: SheetId(row.id),
        start_position: number("start_position", row.start_position)?,
        count: number("count", row.count)?,
        stock: row.stock,
        printed_at: row.printed_at,
        printed_by: PersonId(row.printed_by),
    })
}
