//! Certificates of destruction, and which obligations are proven.

use axum::{
    Json,
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use hokan_domain::{
    ids::ItemId,
    obligation::{self, Standing},
    text::Lang,
};
use hokan_mobile_api::{Caller, Problem, ProblemDocument, problem::MEDIA_TYPE};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Unforeseen, guard::Desk, query::Query};

/// The certificate of destruction of items
///
/// Each language has pages of its own, in the order in which they are named.
#[utoipa::path(
    get, path = "/certificates", operation_id = "print_certificate", tag = "certificates",
    params(
        ("item" = Vec<String>, Query, description = "The items: `itm_…`, the key once for each"),
        ("lang" = Option<Vec<String>>, Query, description = "`ja`, `en`, or the key once for each")
    ),
    responses(
        (status = 200, description = "The certificate", content_type = "application/pdf", body = Vec<u8>),
        (status = 404, description = "`not-found`", body = ProblemDocument, content_type = MEDIA_TYPE),
        (
            status = 409,
            description = "`not-destroyed`, `not-witnessed`, `method-not-allowed`",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        Unforeseen,
    )
)]
pub(crate) async fn print_certificate(desk: Desk, mut query: Query) -> Result<Response, Problem> {
    let mut items: Vec<ItemId> = Vec::new();
    for item in query.every("item") {
        let item = item.parse();
        items.push(item.map_err(|_| {
            query.wrong("item", "itm_で始まるIDにしてください。", "It is an id that begins with itm_.")
        })?);
    }
    if items.is_empty() {
        return Err(query.wrong("item", "一つ以上指定してください。", "Name at least one."));
    }
    let mut languages = Vec::new();
    for tag in query.every("lang") {
        let known = [Lang::Ja, Lang::En].into_iter().find(|lang| lang.tag() == tag);
        languages
            .push(known.ok_or_else(|| query.wrong("lang", "jaかenにしてください。", "It is ja or en."))?);
    }
    query.finish()?;
    let (number, pdf) = desk.app.certificate(&desk.caller, &items, &languages).await?;
    let name: String = number.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let headers: [(HeaderName, String); 2] = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        // RFC 6266: the second name is for whoever reads names that are not ASCII.
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"certificate.pdf\"; filename*=UTF-8''{name}.pdf"),
        ),
    ];
    Ok((headers, pdf).into_response())
}

/// How many obligations stand how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RequirementCounts {
    /// All of them.
    total: usize,
    /// Those that a test proves.
    proven: usize,
    /// Those that no program can hold, of which only evidence is kept.
    evidence_only: usize,
    /// The others.
    open: usize,
}

/// What a regulation asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RequirementView {
    /// Its id.
    #[schema(example = "NG-066")]
    id: String,
    /// The regulation.
    #[schema(example = "nagasaki-kyosai")]
    regulation: &'static str,
    /// Whose it is.
    body: &'static str,
    /// The article.
    article: String,
    /// The words of the regulation.
    words: String,
    /// `proven`, `evidence-only` or `open`.
    standing: &'static str,
    /// The same for people.
    standing_name: &'static str,
    /// The tests that prove it.
    proofs: Vec<String>,
}

/// What the regulations ask for and how far it is proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Requirements {
    /// The sums.
    counts: RequirementCounts,
    /// One by one.
    requirements: Vec<RequirementView>,
}

fn requirements(caller: &Caller) -> Result<Requirements, Problem> {
    let lang = caller.lang;
    let all = obligation::all().map_err(|error| Problem::internal(lang, &error))?;
    let mut counts = RequirementCounts { total: all.len(), ..RequirementCounts::default() };
    let requirements = all
        .iter()
        .map(|one| {
            let standing = one.standing();
            let (code, proofs): (_, &[String]) = match standing {
                Standing::Proven(proofs) => {
                    counts.proven += 1;
                    ("proven", proofs)
                }
                Standing::EvidenceOnly => {
                    counts.evidence_only += 1;
                    ("evidence-only", &[])
                }
                Standing::Open => {
                    counts.open += 1;
                    ("open", &[])
                }
            };
            RequirementView {
                id: one.id.clone(),
                regulation: one.regulation.code(),
                body: one.regulation.name(lang),
                article: one.article.clone(),
                words: one.ja.clone(),
                standing: code,
                standing_name: standing.name(lang),
                proofs: proofs.to_vec(),
            }
        })
        .collect();
    Ok(Requirements { counts, requirements })
}

/// What the regulations ask for and how far it is proven
#[utoipa::path(
    get, path = "/requirements", operation_id = "show_requirements", tag = "document",
    responses(
        (status = 200, description = "The sums, and each obligation with its tests", body = Requirements),
        Unforeseen,
    )
)]
pub(crate) async fn show_requirements(desk: Desk) -> Result<Json<Requirements>, Problem> {
    requirements(&desk.caller).map(Json)
}
