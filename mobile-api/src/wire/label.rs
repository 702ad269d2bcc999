//! What labels and photographs of labels lead to.

use hokan_domain::label::LabelId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ItemCard, ItemSummary};
use crate::problem::ProblemDocument;

/// The bytes of a picture file.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct PictureFile(pub Vec<u8>);

/// What a label leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Resolution {
    /// It is on an item.
    Item {
        /// The item.
        item: Box<ItemCard>,
    },
    /// It is on a container.
    Container {
        /// `con_…`
        id: String,
        /// What people call it.
        name: String,
        /// What rests in it.
        items: Vec<ItemSummary>,
    },
    /// It is on a place.
    Place {
        /// `plc_…`
        id: String,
        /// What people call it.
        name: String,
        /// What rests in it.
        items: Vec<ItemSummary>,
    },
    /// It is on nothing yet.
    Blank {
        /// Its code.
        #[schema(value_type = String)]
        code: LabelId,
        /// Whether the caller may register an item with it.
        may_register: bool,
        /// What to do.
        sentence: String,
    },
    /// It is no longer valid.
    Void {
        /// Its code.
        #[schema(value_type = String)]
        code: LabelId,
        /// The label that took its place.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        replaced_by: Option<LabelId>,
        /// What to do.
        sentence: String,
        /// The item that it was on.
        #[serde(skip_serializing_if = "Option::is_none")]
        item: Option<Box<ItemSummary>>,
    },
}

/// What was found in a photograph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PhotoAnswer {
    /// Width of the photograph as it was read, in pixels.
    pub width: u32,
    /// Height of the photograph as it was read, in pixels.
    pub height: u32,
    /// Whether everything in it that looks like a code was looked at; if not, there may be more.
    pub complete: bool,
    /// Every code in it, from top to bottom and from left to right.
    pub codes: Vec<PhotoCode>,
    /// What to do, where there was nothing of ours in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

/// One code in a photograph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PhotoCode {
    /// What the code says, shortened to 300 characters. Empty where it holds a personal number (the back of
    /// a My Number card has one in its code), because Hokan never passes one on.
    pub text: String,
    /// The label's code, where it is one of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub code: Option<LabelId>,
    /// Its four corners in the photograph, clockwise from the symbol's own top left, as x and y in pixels.
    #[schema(value_type = Vec<Vec<f32>>)]
    pub corners: [[f32; 2]; 4],
    /// What the label leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// Why it leads to nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemDocument>,
}
