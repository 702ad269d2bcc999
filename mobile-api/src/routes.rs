//! The routes, each with its documentation.

use std::{str::FromStr, sync::Arc};

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::{HeaderMap, StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use hokan_domain::{custody::ActKind, text::Lang};
use hokan_labels::LabelCode;

use crate::{
    auth::{AnySession, Courier, Language, Origin, Session, bearer, language_of},
    backend::Backend,
    photo::{self, Photo, Reader},
    problem::{MEDIA_TYPE, Problem, ProblemCode, ProblemDocument},
    request::{ActEnvelope, Asked, Batch, Body, CopyEnvelope, RegisterEnvelope, label_id},
    wire::{
        ActAnswer, ActBody, CopyBody, Directory, ExplanationView, History, Inbox, ItemCard, Me,
        ObservationAnswer, ObservationAnswers, ObservationsBody, Pair, Paired, PhotoAnswer, PictureFile,
        Proof, RegisterBody, Resolution, SecondStep, SignIn, SignInAnswer, SignedIn,
    },
};

pub(crate) mod carry_outs;
pub(crate) mod containers;
pub(crate) mod files;
pub(crate) mod incidents;

type Shared = State<Arc<dyn Backend>>;

/// The one segment of the path that varies, as text; what cannot even be decoded names nothing.
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(segment)) => Ok(Self(segment)),
            Err(_) => Err(Problem::new(ProblemCode::NotFound, language_of(&parts.headers, &parts.uri))),
        }
    }
}

impl Segment {
    /// The id that it is; of another kind of thing it names nothing.
    fn id<T: FromStr>(&self, lang: Lang) -> Result<T, Problem> {
        self.0.parse().map_err(|_| Problem::new(ProblemCode::NotFound, lang))
    }
}

/// What every operation can answer beside its own, for the document.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
enum Unforeseen {
    /// `unauthenticated`; of signing in `wrong-credentials`
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(ProblemDocument),
    /// Any other problem; nothing was done
    #[response(status = "default", content_type = "application/problem+json")]
    Other(ProblemDocument),
}

/// How an act can end other than well, for the document.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
enum ActProblems {
    /// A refusal about who asks
    #[response(status = 403, content_type = "application/problem+json")]
    Authority(ProblemDocument),
    /// `not-found`, `unknown-label`
    #[response(status = 404, content_type = "application/problem+json")]
    Unknown(ProblemDocument),
    /// A refusal about the state of things, or `event-id-reused`
    #[response(status = 409, content_type = "application/problem+json")]
    State(ProblemDocument),
    /// `bad-request-body`, `personal-number-in-text` and others that name a `field`
    #[response(status = 422, content_type = "application/problem+json")]
    Body(ProblemDocument),
}

/// Open a session
///
/// For apps. Browsers sign in on the product's own page, which sets the session cookie. Who has a second factor
/// is answered with `next: second-factor` and a `step`, which is sent with a code to `/sign-in/second`.
#[utoipa::path(
    post, path = "/sign-in", operation_id = "sign_in", tag = "session",
    security(()),
    request_body = SignIn,
    responses(
        (status = 200, description = "How far name and password lead", body = SignInAnswer),
        (
            status = 429,
            description = "`too-many-attempts`",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        Unforeseen,
    )
)]
pub(crate) async fn sign_in(
    State(backend): Shared,
    Language(lang): Language,
    origin: Origin,
    Body(sign_in): Body<SignIn>,
) -> Result<Json<SignInAnswer>, Problem> {
    backend.sign_in(lang, sign_in, origin).await.map(Json)
}

/// Show the second factor
#[utoipa::path(
    post, path = "/sign-in/second", operation_id = "sign_in_second", tag = "session",
    security(()),
    request_body = SecondStep,
    responses(
        (status = 200, description = "The session was opened", body = SignInAnswer),
        (
            status = 403,
            description = "`wrong-code`",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        (
            status = 429,
            description = "`too-many-attempts`",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        Unforeseen,
    )
)]
pub(crate) async fn sign_in_second(
    State(backend): Shared,
    Language(lang): Language,
    origin: Origin,
    Body(second): Body<SecondStep>,
) -> Result<Json<SignInAnswer>, Problem> {
    backend.second_step(lang, second, origin).await.map(Json)
}

/// Prove again who I am
///
/// For acts that need a second factor shown within five minutes (`second-factor-needed`). The answer holds a
/// new token; the old one is dead.
#[utoipa::path(
    post, path = "/prove", operation_id = "prove", tag = "session",
    request_body = Proof,
    responses(
        (status = 200, description = "Proven; the session goes on under a new token", body = SignedIn),
        (
            status = 403,
            description = "`wrong-code`",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        (
            status = 429,
            description = "`too-many-attempts`",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        Unforeseen,
    )
)]
pub(crate) async fn prove(
    State(backend): Shared,
    AnySession(session): AnySession,
    origin: Origin,
    Body(proof): Body<Proof>,
) -> Result<Json<SignedIn>, Problem> {
    backend.prove(&session.token, proof, origin, session.caller.lang).await.map(Json)
}

/// End the session
#[utoipa::path(
    post, path = "/sign-out", operation_id = "sign_out", tag = "session",
    responses(
        (status = 204, description = "The session has ended"),
        Unforeseen,
    )
)]
pub(crate) async fn sign_out(
    State(backend): Shared,
    AnySession(session): AnySession,
) -> Result<StatusCode, Problem> {
    backend.sign_out(&session.token, session.caller.lang).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Pair this phone
///
/// The person offers it on a desk page, which shows a QR code with the address `/pair/TOKEN`; the app signs the
/// person in, shows whose it is, and confirms. The answer's session takes the place of the one that confirmed.
#[utoipa::path(
    post, path = "/pair", operation_id = "pair", tag = "session",
    request_body = Pair,
    responses(
        (status = 200, description = "The phone is paired", body = Paired),
        (
            status = 403,
            description = "`forbidden`: somebody else offered it",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        (status = 410, description = "`pairing-over`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn pair(
    State(backend): Shared,
    session: Session,
    headers: HeaderMap,
    Body(pair): Body<Pair>,
) -> Result<Json<Paired>, Problem> {
    let lang = session.caller.lang;
    // The answer holds a session's token. A browser's is for its cookie alone, and no script reads it.
    if bearer(&headers).is_none() {
        let detail = lang.pick(
            "ブラウザでは、QRコードの画面で端末を登録してください。",
            "In a browser, pair the phone on the page that the QR code opens.",
        );
        return Err(Problem::new(ProblemCode::Unauthenticated, lang).with_detail(detail));
    }
    backend.pair(&session, pair).await.map(Json)
}

/// What concerns me
#[utoipa::path(
    get, path = "/me", operation_id = "me", tag = "session",
    responses(
        (status = 200, description = "What I hold and what waits for an answer", body = Me),
        Unforeseen,
    )
)]
pub(crate) async fn me(State(backend): Shared, session: Session) -> Result<Json<Me>, Problem> {
    backend.me(&session.caller).await.map(Json)
}

/// What waits for me
#[utoipa::path(
    get, path = "/inbox", operation_id = "inbox", tag = "session",
    responses(
        (status = 200, description = "What I am to do, the most urgent first", body = Inbox),
        Unforeseen,
    )
)]
pub(crate) async fn inbox(State(backend): Shared, session: Session) -> Result<Json<Inbox>, Problem> {
    backend.inbox(&session.caller).await.map(Json)
}

/// What there is to choose from
///
/// Worth keeping in the phone: with it forms can be filled in without signal.
#[utoipa::path(
    get, path = "/directory", operation_id = "directory", tag = "session",
    responses(
        (status = 200, description = "People, places, containers, kinds", body = Directory),
        Unforeseen,
    )
)]
pub(crate) async fn directory(State(backend): Shared, session: Session) -> Result<Json<Directory>, Problem> {
    backend.directory(&session.caller).await.map(Json)
}

/// What a label leads to
#[utoipa::path(
    get, path = "/labels/{code}", operation_id = "resolve_label", tag = "labels",
    params(("code" = String, Path, description = "The twelve characters: any case, with or without hyphens")),
    responses(
        (status = 200, description = "What the label is on", body = Resolution),
        (
            status = 400,
            description = "`label-code-length`, `label-code-character`, `label-check-failed`",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        (status = 404, description = "`unknown-label`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn resolve_label(
    State(backend): Shared,
    session: Session,
    Segment(code): Segment,
) -> Result<Json<Resolution>, Problem> {
    let lang = session.caller.lang;
    let code: LabelCode =
        code.parse().map_err(|error| Problem::label_code(&error, lang).with_field("code"))?;
    let label = label_id(code, lang)?;
    backend.resolve(&session.caller, &label).await.map(Json)
}

/// Read the labels in a photograph
///
/// JPEG, PNG or WebP, at most 20 MB and 50 million pixels. A photograph without a label is no problem: the
/// answer then has no codes and a sentence that says what to do.
#[utoipa::path(
    post, path = "/photo", operation_id = "read_photo", tag = "labels",
    request_body(content(
        (PictureFile = "image/*"),
        (PictureFile = "application/octet-stream"),
    ), description = "The picture file itself"),
    responses(
        (status = 200, description = "Every code in the photograph and what it leads to", body = PhotoAnswer),
        (
            status = 413,
            description = "`body-too-large`, `photo-too-many-pixels`",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        (
            status = 415,
            description = "`unsupported-media-type`, `photo-heic`, `photo-unsupported`",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        (
            status = 422,
            description = "`photo-empty`, `photo-truncated`, `photo-damaged` and others of the picture",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        (
            status = 503,
            description = "`busy`; `Retry-After` says when to come back",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        Unforeseen,
    )
)]
pub(crate) async fn read_photo(
    State(backend): Shared,
    State(reader): State<Reader>,
    session: Session,
    Photo(bytes): Photo,
) -> Result<Json<PhotoAnswer>, Problem> {
    let reading = reader.read(bytes, session.caller.lang).await?;
    photo::answer(&*backend, &session.caller, reading).await.map(Json)
}

/// Register an item
///
/// Binds a blank label to it. Whoever registers an item holds it. Sending the same `event_id` with the same
/// content again gives the first answer again, with `repeated`.
#[utoipa::path(
    post, path = "/items", operation_id = "register_item", tag = "items",
    request_body = RegisterBody,
    responses(
        (status = 200, description = "It is registered", body = ActAnswer),
        ActProblems,
        Unforeseen,
    )
)]
pub(crate) async fn register_item(
    State(backend): Shared,
    session: Session,
    Body(body): Body<RegisterEnvelope>,
) -> Result<Json<ActAnswer>, Problem> {
    backend.register(&session.caller, body.event, body.request).await.map(Json)
}

/// Show an item
#[utoipa::path(
    get, path = "/items/{id}", operation_id = "show_item", tag = "items",
    params(("id" = String, Path, description = "The item: `itm_…`")),
    responses(
        (status = 200, description = "The item", body = ItemCard),
        (status = 404, description = "`not-found`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn show_item(
    State(backend): Shared,
    session: Session,
    segment: Segment,
) -> Result<Json<ItemCard>, Problem> {
    let item = segment.id(session.caller.lang)?;
    backend.item(&session.caller, item).await.map(Json)
}

/// Show everything that happened to an item
#[utoipa::path(
    get, path = "/items/{id}/history", operation_id = "show_history", tag = "items",
    params(("id" = String, Path, description = "The item: `itm_…`")),
    responses(
        (status = 200, description = "Its history", body = History),
        (status = 404, description = "`not-found`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn show_history(
    State(backend): Shared,
    session: Session,
    segment: Segment,
) -> Result<Json<History>, Problem> {
    let item = segment.id(session.caller.lang)?;
    let lines = backend.history(&session.caller, item).await?;
    Ok(Json(History { lines }))
}

/// Explain why an act is open or not
///
/// Every gate before it, who approves there, who has, what is missing and by which clause.
#[utoipa::path(
    get, path = "/items/{id}/explanation", operation_id = "explain_act", tag = "items",
    params(
        ("id" = String, Path, description = "The item: `itm_…`"),
        ("act" = String, Query, description = "The stable word for the act, as it is sent"),
    ),
    responses(
        (status = 200, description = "The act explained", body = ExplanationView),
        (status = 404, description = "`not-found`", body = ProblemDocument, content_type = MEDIA_TYPE),
        (
            status = 422,
            description = "`bad-request-body` with the field `act`",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        Unforeseen,
    )
)]
pub(crate) async fn explain_act(
    State(backend): Shared,
    session: Session,
    segment: Segment,
    Asked(act): Asked<ActKind>,
) -> Result<Json<ExplanationView>, Problem> {
    let item = segment.id(session.caller.lang)?;
    backend.explanation(&session.caller, item, act).await.map(Json)
}

/// Copy contents of an item
///
/// The copy is registered as an item of its own by binding the blank label that was stuck on it; it bears the
/// id that follows from the event's. The answer shows the copy.
#[utoipa::path(
    post, path = "/items/{id}/copies", operation_id = "copy_item", tag = "items",
    params(("id" = String, Path, description = "The item that is copied: `itm_…`")),
    request_body = CopyBody,
    responses(
        (status = 200, description = "It is copied", body = ActAnswer),
        ActProblems,
        Unforeseen,
    )
)]
pub(crate) async fn copy_item(
    State(backend): Shared,
    session: Session,
    segment: Segment,
    Body(body): Body<CopyEnvelope>,
) -> Result<Json<ActAnswer>, Problem> {
    let item = segment.id(session.caller.lang)?;
    backend.copy(&session.caller, item, body.event, body.request).await.map(Json)
}

/// Do something with an item
///
/// Sending the same `event_id` with the same content again gives the first answer again, with `repeated`; so
/// an act whose answer was lost can safely be sent again. A refusal shows the item as it is now.
#[utoipa::path(
    post, path = "/items/{id}/acts", operation_id = "act_on_item", tag = "items",
    params(("id" = String, Path, description = "The item: `itm_…`")),
    request_body = ActBody,
    responses(
        (status = 200, description = "It is done", body = ActAnswer),
        ActProblems,
        Unforeseen,
    )
)]
pub(crate) async fn act_on_item(
    State(backend): Shared,
    session: Session,
    segment: Segment,
    Body(body): Body<ActEnvelope>,
) -> Result<Json<ActAnswer>, Problem> {
    let item = segment.id(session.caller.lang)?;
    backend.act(&session.caller, item, body.event, body.act).await.map(Json)
}

/// Record what was seen without signal
///
/// Evidence is never refused: what contradicts the register is recorded and raises a discrepancy. Each
/// observation is answered on its own and in the order sent; one that cannot be read is turned away with a
/// problem and does not spoil the others. Sending a batch again is safe, also through another sign-in.
///
/// A paired phone may send with its delivery secret (`Bearer hkd_…`) in the place of a session, also after its
/// person was suspended or the phone revoked: what comes in then is marked and raises a discrepancy. What a
/// paired phone or a machine sends bears its own id as the device, whatever `device` says.
#[utoipa::path(
    post, path = "/observations", operation_id = "record_observations", tag = "observations",
    request_body = ObservationsBody,
    responses(
        (status = 200, description = "One answer for each observation", body = ObservationAnswers),
        (
            status = 413,
            description = "`batch-too-large`, `body-too-large`",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        Unforeseen,
    )
)]
pub(crate) async fn record_observations(
    State(backend): Shared,
    courier: Courier,
    Body(batch): Body<Batch>,
) -> Result<Json<ObservationAnswers>, Problem> {
    let mut good = Vec::with_capacity(batch.elements.len());
    // `None` keeps the place of an observation that the backend will answer.
    let mut answers: Vec<Option<ObservationAnswer>> = Vec::with_capacity(batch.elements.len());
    for element in batch.elements {
        match element.observation {
            Ok(observation) => {
                good.push(observation);
                answers.push(None);
            }
            Err(problem) => answers.push(Some(ObservationAnswer::turned_away(element.event, problem))),
        }
    }
    let asked = good.len();
    let given = if good.is_empty() {
        Vec::new()
    } else {
        backend.observe(&courier.caller, batch.device, good).await?
    };
    if given.len() != asked {
        let fault = format!("{asked} observations were given to the backend, {} were answered", given.len());
        return Err(Problem::internal(courier.caller.lang, &fault));
    }
    let mut given = given.into_iter();
    let answers = answers.into_iter().filter_map(|answer| answer.or_else(|| given.next())).collect();
    Ok(Json(ObservationAnswers { answers }))
}

/// This document
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "openapi", tag = "document",
    security(()),
    responses((status = 200, description = "The OpenAPI document of this interface"))
)]
pub(crate) async fn show_document() -> Json<utoipa::openapi::OpenApi> {
    Json(crate::openapi())
}

/// Every address that does not exist.
pub(crate) async fn no_such_address(Language(lang): Language) -> Response {
    let detail = lang.pick(
        "このアドレスには何もありません。アプリを最新にしてください。",
        "There is nothing at this address. Update the app.",
    );
    Problem::new(ProblemCode::NotFound, lang).with_detail(detail).into_response()
}

/// Every method that an address does not take.
pub(crate) async fn method_not_allowed(Language(lang): Language) -> Problem {
    Problem::new(ProblemCode::MethodNotAllowed, lang)
}
