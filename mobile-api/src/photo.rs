//! Labels in photographs: bounded in bytes, pixels, time, memory and in how many are read at once.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use hokan_domain::{label::LabelId, personal_number, text::Lang};
use hokan_labels::{
    PayloadContent, code_in_payload,
    reader::{ReadError, ReadLimits, Reading},
};
use tokio::{sync::Semaphore, time::timeout};

use crate::{
    auth::language_of,
    backend::{Backend, Caller},
    problem::{Problem, ProblemCode},
    request::{buffer, label_id, media_type},
    wire::{PhotoAnswer, PhotoCode, Resolution},
};

/// The largest photograph that is taken in.
pub const MAX_PHOTO_BYTES: usize = 20 * 1024 * 1024;

/// How many photographs are read at once. Each needs up to some hundred megabytes and one processor.
const AT_ONCE: usize = 2;

/// How long a photograph waits for its turn. Longer, and the person at the cabinet has typed the code.
const PATIENCE: Duration = Duration::from_secs(5);

/// When to come back if that was too long, in seconds.
const COME_BACK_AFTER: u32 = 5;

/// The most characters of a foreign code that are passed on.
const SHOWN_CHARACTERS: usize = 300;

/// Reads photographs, a few at a time.
#[derive(Clone)]
pub(crate) struct Reader {
    permits: Arc<Semaphore>,
    patience: Duration,
}

impl Reader {
    pub(crate) fn new() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)), patience: PATIENCE }
    }

    /// Finds the codes in a photograph.
    pub(crate) async fn read(&self, bytes: Bytes, lang: Lang) -> Result<Reading, Problem> {
        let busy = || Problem::new(ProblemCode::Busy, lang).with_retry_after(COME_BACK_AFTER);
        let permit = timeout(self.patience, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| busy())?
            .map_err(|_| busy())?;
        let limits = ReadLimits { max_bytes: MAX_PHOTO_BYTES, ..ReadLimits::default() };
        let reading = tokio::task::spawn_blocking(move || {
            // The permit goes with the work, not with the request: a person who gives up does not stop the
            // thread, and the next photograph must not start beside it.
            let _permit = permit;
            hokan_labels::read(&bytes, &limits)
        });
        match reading.await {
            Ok(reading) => reading.map_err(|error| problem(&error, lang)),
            Err(fault) => Err(Problem::internal(lang, &fault)),
        }
    }
}

/// What a person reads where a photograph cannot be read.
fn problem(error: &ReadError, lang: Lang) -> Problem {
    let code = match error {
        ReadError::Empty => ProblemCode::PhotoEmpty,
        ReadError::Heif => ProblemCode::PhotoHeic,
        ReadError::UnsupportedFormat { .. } => ProblemCode::PhotoUnsupported,
        ReadError::TooManyBytes { .. } => ProblemCode::BodyTooLarge,
        ReadError::TooManyPixels { width, height } => {
            return Problem::new(ProblemCode::PhotoTooManyPixels, lang).with_detail(lang.pick(
                format!(
                    "写真が{width}×{height}画素あり、大きすぎます。カメラの解像度を下げて撮り直してください。"
                ),
                format!(
                    "The photograph has {width} × {height} pixels, which is too many. \
                     Take it again at a lower resolution."
                ),
            ));
        }
        ReadError::TooComplex => ProblemCode::PhotoTooComplex,
        ReadError::Truncated => ProblemCode::PhotoTruncated,
        ReadError::Damaged => ProblemCode::PhotoDamaged,
        ReadError::TimeBudget => ProblemCode::PhotoTimeBudget,
        // Only grey values given by a program can be too many or too few.
        ReadError::WrongPixelCount { .. } => return Problem::internal(lang, error),
    };
    Problem::new(code, lang)
}

/// A photograph as it was sent.
pub(crate) struct Photo(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Photo {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let lang = language_of(request.headers(), request.uri());
        // What it really is shows in its bytes; the type only has to be none that means something else.
        let accepted = media_type(request.headers())
            .is_none_or(|found| found.starts_with("image/") || found == "application/octet-stream");
        if !accepted {
            let detail = lang.pick(
                "写真は画像ファイルそのものを、image/jpegなどのContent-Typeで送信してください。",
                "Send the picture file itself, with a Content-Type such as image/jpeg.",
            );
            return Err(Problem::new(ProblemCode::UnsupportedMediaType, lang).with_detail(detail));
        }
        buffer(request, MAX_PHOTO_BYTES, lang).await.map(Self)
    }
}

/// Says what each code in a photograph leads to.
pub(crate) async fn answer(
    backend: &dyn Backend,
    caller: &Caller,
    reading: Reading,
) -> Result<PhotoAnswer, Problem> {
    let lang = caller.lang;
    // The same label may stand in the photograph twice, as on two sides of a box.
    let mut known: BTreeMap<LabelId, Result<Resolution, Problem>> = BTreeMap::new();
    let mut codes = Vec::with_capacity(reading.codes.len());
    for found in reading.codes {
        let mut code = PhotoCode {
            text: shown(&found.text),
            code: None,
            corners: found.corners.map(|(x, y)| [x, y]),
            resolution: None,
            problem: None,
        };
        match code_in_payload(&found.text) {
            PayloadContent::Ours(label) => {
                let label = label_id(label, lang)?;
                let answer = match known.get(&label) {
                    Some(answer) => answer.clone(),
                    None => {
                        let answer = backend.resolve(caller, &label).await;
                        known.insert(label.clone(), answer.clone());
                        answer
                    }
                };
                code.code = Some(label);
                match answer {
                    Ok(resolution) => code.resolution = Some(resolution),
                    Err(problem) => code.problem = Some(problem.into_document()),
                }
            }
            PayloadContent::Damaged(_) => {
                // The symbol corrects its own reading errors, so length and alphabet are no slips of a hand
                // here: whatever is wrong with the code, it is not one that was printed.
                code.problem = Some(Problem::new(ProblemCode::LabelCheckFailed, lang).into_document());
            }
            PayloadContent::Foreign => {
                code.problem = Some(Problem::new(ProblemCode::ForeignCode, lang).into_document());
            }
        }
        codes.push(code);
    }
    let sentence = sentence(&codes, reading.complete, lang).map(str::to_owned);
    Ok(PhotoAnswer {
        width: reading.width,
        height: reading.height,
        complete: reading.complete,
        codes,
        sentence,
    })
}

/// What to do next, where the photograph does not answer by itself.
fn sentence(codes: &[PhotoCode], complete: bool, lang: Lang) -> Option<&'static str> {
    if codes.is_empty() {
        return Some(lang.pick(
            "ラベルが見つかりませんでした。ラベルに近づき、明るいところでぶれないように撮り直すか、12文字を入力してください。",
            "No label was found. Come closer, with more light and a steady hand, or type the 12 characters.",
        ));
    }
    if codes.iter().all(|code| code.code.is_none()) {
        return Some(lang.pick(
            "Hokanのラベルが見つかりませんでした。媒体に貼られたラベルを写すか、12文字を入力してください。",
            "No Hokan label was found. Take a picture of the label on the item, or type the 12 characters.",
        ));
    }
    (!complete).then(|| {
        lang.pick(
            "読み取れなかったラベルが残っているかもしれません。足りないときは、近づいて撮り直してください。",
            "There may be more labels that were not read. If one is missing, come closer and take it again.",
        )
    })
}

/// What is passed on of a code's text.
///
/// The code on the back of a My Number card holds the personal number itself. Whoever photographs one by
/// mistake gets told that it is no label, and the number goes no further than this function.
fn shown(text: &str) -> String {
    if personal_number::find(text).is_some() {
        return String::new();
    }
    text.chars().take(SHOWN_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(at_once: usize) -> Reader {
        Reader { permits: Arc::new(Semaphore::new(at_once)), patience: Duration::from_millis(20) }
    }

    #[tokio::test]
    async fn a_photograph_waits_its_turn_but_not_for_ever() {
        let reader = reader(1);
        let other = Arc::clone(&reader.permits).acquire_owned().await.unwrap();
        let problem = reader.read(Bytes::from_static(b"x"), Lang::En).await.unwrap_err();
        assert!(problem.is(ProblemCode::Busy));
        assert_eq!((problem.status, problem.retry_after), (503, Some(COME_BACK_AFTER)));
        drop(other);
        let problem = reader.read(Bytes::from_static(b"x"), Lang::En).await.unwrap_err();
        assert!(problem.is(ProblemCode::PhotoUnsupported), "its turn came, and it is no photograph");
        assert_eq!(reader.permits.available_permits(), 1, "the permit came back");
    }

    #[test]
    fn every_way_to_fail_has_its_own_answer() {
        for (error, code) in [
            (ReadError::Empty, "photo-empty"),
            (ReadError::Heif, "photo-heic"),
            (ReadError::UnsupportedFormat { kind: Some("PDF") }, "photo-unsupported"),
            (ReadError::TooManyBytes { found: 2, limit: 1 }, "body-too-large"),
            (ReadError::TooManyPixels { width: 9, height: 9 }, "photo-too-many-pixels"),
            (ReadError::TooComplex, "photo-too-complex"),
            (ReadError::Truncated, "photo-truncated"),
            (ReadError::Damaged, "photo-damaged"),
            (ReadError::TimeBudget, "photo-time-budget"),
            (ReadError::WrongPixelCount { width: 1, height: 1, found: 0 }, "internal"),
        ] {
            assert_eq!(problem(&error, Lang::Ja).code, code);
        }
    }

    #[test]
    fn what_is_passed_on_of_a_code_is_short_and_holds_no_personal_number() {
        assert_eq!(shown("https://example.jp/"), "https://example.jp/");
        assert_eq!(shown(&"保".repeat(400)).chars().count(), SHOWN_CHARACTERS);
        assert_eq!(shown("1234 5678 9018"), "");
        // Also where the number would only be cut off.
        assert_eq!(shown(&format!("{} 123456789018", "a".repeat(SHOWN_CHARACTERS))), "");
    }

    #[test]
    fn an_unfinished_search_is_told() {
        let code = PhotoCode {
            text: String::new(),
            code: Some("JPJTJ39B5DV3".parse().unwrap()),
            corners: [[0.0; 2]; 4],
            resolution: None,
            problem: None,
        };
        assert_eq!(sentence(std::slice::from_ref(&code), true, Lang::En), None);
        assert!(sentence(&[code], false, Lang::En).unwrap().contains("may be more"));
        assert!(sentence(&[], true, Lang::En).unwrap().contains("12 characters"));
    }
}
