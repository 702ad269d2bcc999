//! Label codes, QR symbols, label sheets and tapes as PDF, and reading labels out of photographs.
//!
//! Plain values go in and bytes come out: this crate knows no database, no clock and no network, and it
//! keeps nothing between two calls except the fonts that it parsed once.
//!
//! | Module | For |
//! | --- | --- |
//! | [`code`] | the twelve characters that name a label, with checks against slips of the hand |
//! | [`payload`] | what the QR symbol of a label says, and taking the code out of it again |
//! | [`qr`] | the QR symbol itself |
//! | [`stock`] | sheets and tapes of labels, described by their geometry |
//! | [`sheet`] | printing labels on such stock, as PDF |
//! | [`certificate`] | the certificate of destruction (廃棄証明書), as PDF |
//! | [`page`] | forms and books as PDF, filled from the top of the first page to the end of the last |
//! | [`photo`] | photographs made ready to stand in a document |
//! | [`font`], [`text`], [`pdf`] | Japanese text: fonts, measuring, fitting, wrapping; a PDF page to draw on |
//! | [`reader`] | finding every QR symbol in a photograph that a stranger may have sent |

pub mod certificate;
pub mod code;
pub mod font;
pub mod page;
pub mod payload;
pub mod pdf;
pub mod photo;
pub mod qr;
pub mod reader;
pub mod sheet;
pub mod stock;
pub mod text;

pub use certificate::{Certificate, CertificateError};
pub use code::{LabelCode, LabelCodeError};
pub use payload::{HostError, LabelHost, PayloadContent, code_in_payload, label_url};
pub use reader::{Found, ReadError, ReadLimits, Reading, read, read_luma};
pub use sheet::{LabelText, PrintError, PrintJob, PrinterOffset, print};
pub use stock::{Media, SheetGeometry, Stock, StockError, TapeGeometry};
