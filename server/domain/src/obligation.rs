//! What the five regulations ask for, and which tests prove it.
//!
//! Each clause of a regulation that asks for something is an [`Obligation`] with an id, such as `NG-037`. A
//! test that proves one names its id in a line of its documentation, `/// req: NG-037`; a test of the workspace
//! gathers these lines into `obligations/proofs.toml`. So the program can say of itself what is proven, what
//! no program can hold, and what is still open: [`report`].

use std::{collections::BTreeMap, fmt, iter, str::FromStr, sync::LazyLock};

use serde::Deserialize;

use crate::{profile::Bilingual, text::Lang};

const DIFFERENCES: &str = include_str!("../obligations/differences.toml");
const PROOFS: &str = include_str!("../obligations/proofs.toml");

/// One of the regulations whose obligations are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Regulation {
    /// 飯豊町住民基本台帳ネットワークシステム運用管理規程
    Iide,
    /// 養父市情報連絡システム運用管理要綱
    Yabu,
    /// 長崎県市町村職員共済組合の規程
    NagasakiKyosai,
    /// 西伊豆町特定個人情報等取扱規程
    NishiIzu,
    /// 北見市行政情報システムの管理運用に関する取扱要領
    Kitami,
}

impl Regulation {
    /// Every regulation, in the order in which they are reported.
    pub const ALL: [Self; 5] = [Self::Iide, Self::Yabu, Self::NagasakiKyosai, Self::NishiIzu, Self::Kitami];

    /// The short name, which is also that of its file.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Iide => "iide",
            Self::Yabu => "yabu",
            Self::NagasakiKyosai => "nagasaki-kyosai",
            Self::NishiIzu => "nishi-izu",
            Self::Kitami => "kitami",
        }
    }

    /// What the ids of its obligations begin with.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Iide => "II",
            Self::Yabu => "YB",
            Self::NagasakiKyosai => "NG",
            Self::NishiIzu => "NI",
            Self::Kitami => "KT",
        }
    }

    /// Whose regulation it is.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Iide => lang.pick("飯豊町", "Iide"),
            Self::Yabu => lang.pick("養父市", "Yabu"),
            Self::NagasakiKyosai => lang
                .pick("長崎県市町村職員共済組合", "Nagasaki mutual aid association of municipal employees"),
            Self::NishiIzu => lang.pick("西伊豆町", "Nishiizu"),
            Self::Kitami => lang.pick("北見市", "Kitami"),
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Iide => include_str!("../obligations/iide.toml"),
            Self::Yabu => include_str!("../obligations/yabu.toml"),
            Self::NagasakiKyosai => include_str!("../obligations/nagasaki-kyosai.toml"),
            Self::NishiIzu => include_str!("../obligations/nishi-izu.toml"),
            Self::Kitami => include_str!("../obligations/kitami.toml"),
        }
    }
}

impl fmt::Display for Regulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Regulation {
    type Err = UnknownRegulation;

    /// By its short name or by what its ids begin with.
    fn from_str(text: &str) -> Result<Self, UnknownRegulation> {
        let is_named =
            |one: &Self| [one.code(), one.prefix()].iter().any(|name| name.eq_ignore_ascii_case(text));
        Self::ALL.into_iter().find(is_named).ok_or_else(|| UnknownRegulation { found: text.to_owned() })
    }
}

/// A name that is no regulation's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no regulation named {found:?}; there are {}", Regulation::ALL.map(Regulation::code).join(", "))]
pub struct UnknownRegulation {
    /// What was asked for.
    pub found: String,
}

/// How a program can answer an obligation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A record that is kept.
    Field,
    /// An approval that must be given first.
    Gate,
    /// Something that is refused.
    Refusal,
    /// A reminder or a task with a due date.
    Alert,
    /// A form (様式) that is filled in.
    Form,
    /// A report or a book (管理簿) that is printed.
    Report,
    /// A setting of the profile.
    Profile,
    /// Only evidence can be kept: a checklist, an acknowledgement, an attachment.
    Evidence,
}

/// Something that a regulation asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    /// Its id, such as `NG-037`.
    pub id: String,
    /// The regulation that asks.
    pub regulation: Regulation,
    /// The article, such as 第11条第3項前段.
    pub article: String,
    /// What is asked for, in a sentence of our own.
    pub asks: String,
    /// The words of the regulation to look for.
    pub ja: String,
    /// How it can be answered, the chief way first.
    pub kinds: Vec<Kind>,
    /// The codes of the [`differences`] that it belongs to.
    pub differs: Vec<String>,
    /// Whether no program can hold it, but only keep the evidence.
    pub evidence_only: bool,
    proofs: Vec<String>,
}

impl Obligation {
    /// Whether it is proven, and by which tests.
    #[must_use]
    pub fn standing(&self) -> Standing<'_> {
        if !self.proofs.is_empty() {
            Standing::Proven(&self.proofs)
        } else if self.evidence_only {
            Standing::EvidenceOnly
        } else {
            Standing::Open
        }
    }
}

/// How an obligation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    /// These tests prove it; at least one.
    Proven(&'a [String]),
    /// No test, and no program could hold it.
    EvidenceOnly,
    /// No test.
    Open,
}

impl Standing<'_> {
    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Proven(_) => lang.pick("証明済", "proven"),
            Self::EvidenceOnly => lang.pick("証跡のみ", "evidence only"),
            Self::Open => lang.pick("未証明", "open"),
        }
    }
}

/// A subject on which the regulations differ.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// Its code, such as `D7`.
    pub code: String,
    /// What it is about.
    pub subject: Bilingual,
}

/// Lists that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObligationError {
    /// Not TOML, an unknown key, a missing value or a wrong type. The message names line and column.
    #[error("{file}.toml: {error}")]
    Syntax {
        /// Which list.
        file: &'static str,
        /// What is wrong with it.
        error: toml::de::Error,
    },
    /// Ids and codes count up from one without a gap.
    #[error("{found} stands where {wanted} is expected")]
    OutOfOrder {
        /// What stands there.
        found: String,
        /// What should.
        wanted: String,
    },
    /// A difference that is not listed.
    #[error("{id}: there is no difference {code}")]
    UnknownDifference {
        /// The obligation that names it.
        id: String,
        /// Its code.
        code: String,
    },
    /// The mark contradicts the kinds.
    #[error("{id}: evidence_only stands where evidence is the one kind, and nowhere else")]
    EvidenceOnly {
        /// The obligation.
        id: String,
    },
    /// A proof of something that nobody asks for.
    #[error("proofs.toml: there is no obligation {id}")]
    UnknownProof {
        /// What it claims to prove.
        id: String,
    },
}

/// Every obligation, regulation by regulation.
///
/// # Errors
/// Any [`ObligationError`] of the lists that are built in.
pub fn all() -> Result<&'static [Obligation], ObligationError> {
    Ok(&shipped()?.obligations)
}

/// The obligation of that id.
///
/// # Errors
/// As [`all`].
pub fn by_id(id: &str) -> Result<Option<&'static Obligation>, ObligationError> {
    Ok(all()?.iter().find(|obligation| obligation.id == id))
}

/// On what the regulations differ.
///
/// # Errors
/// As [`all`].
pub fn differences() -> Result<&'static [Difference], ObligationError> {
    Ok(&shipped()?.differences)
}

/// How every obligation stands, one a line, and the sums of them all in the last line. `only` leaves out the
/// other regulations, also from the sums; `open` leaves out the lines of what is not open, but the sums remain.
///
/// # Errors
/// As [`all`].
pub fn report(lang: Lang, only: Option<Regulation>, open: bool) -> Result<String, ObligationError> {
    Ok(shipped()?.report(lang, only, open))
}

static SHIPPED: LazyLock<Result<Lists, ObligationError>> =
    LazyLock::new(|| Lists::read(Regulation::ALL.map(|one| (one, one.text())), DIFFERENCES, PROOFS));

fn shipped() -> Result<&'static Lists, ObligationError> {
    SHIPPED.as_ref().map_err(Clone::clone)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenObligations {
    obligation: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    article: String,
    asks: String,
    ja: String,
    kind: Vec<Kind>,
    differs: Vec<String>,
    #[serde(default)]
    evidence_only: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDifferences {
    difference: Vec<Difference>,
}

#[derive(Debug, Clone)]
struct Lists {
    obligations: Vec<Obligation>,
    differences: Vec<Difference>,
}

impl Lists {
    fn read<'a>(
        regulations: impl IntoIterator<Item = (Regulation, &'a str)>,
        differences: &str,
        proofs: &str,
    ) -> Result<Self, ObligationError> {
        let WrittenDifferences { difference: differences } = parse("differences", differences)?;
        for (difference, number) in differences.iter().zip(1..) {
            in_order(&difference.code, format!("D{number}"))?;
        }
        let mut proofs: BTreeMap<String, Vec<String>> = parse("proofs", proofs)?;
        let mut obligations = Vec::new();
        for (regulation, text) in regulations {
            let written: WrittenObligations = parse(regulation.code(), text)?;
            for (written, number) in written.obligation.into_iter().zip(1..) {
                let Written { id, article, asks, ja, kind: kinds, differs, evidence_only } = written;
                in_order(&id, format!("{}-{number:03}", regulation.prefix()))?;
                if let Some(code) = differs.iter().find(|code| differences.iter().all(|it| it.code != **code))
                {
                    return Err(ObligationError::UnknownDifference { id, code: code.clone() });
                }
                if evidence_only != (kinds == [Kind::Evidence]) {
                    return Err(ObligationError::EvidenceOnly { id });
                }
                let proofs = proofs.remove(&id).unwrap_or_default();
                obligations.push(Obligation {
                    id,
                    regulation,
                    article,
                    asks,
                    ja,
                    kinds,
                    differs,
                    evidence_only,
                    proofs,
                });
            }
        }
        match proofs.into_keys().next() {
            Some(id) => Err(ObligationError::UnknownProof { id }),
            None => Ok(Self { obligations, differences }),
        }
    }

    fn report(&self, lang: Lang, only: Option<Regulation>, open: bool) -> String {
        let chosen = || self.obligations.iter().filter(|it| only.is_none_or(|only| it.regulation == only));
        let shown: Vec<_> = chosen().filter(|it| !open || it.standing() == Standing::Open).collect();
        let article_width = shown.iter().map(|it| columns(&it.article)).max().unwrap_or(0);
        let standing_width = shown.iter().map(|it| columns(it.standing().name(lang))).max().unwrap_or(0);
        let line = |it: &&Obligation| {
            let what = match it.standing() {
                Standing::Proven([first]) => first.clone(),
                Standing::Proven([first, others @ ..]) => {
                    let others = others.len();
                    lang.pick(format!("{first} ほか{others}件"), format!("{first} and {others} more"))
                }
                _ => lang.pick(&it.ja, &it.asks).clone(),
            };
            let article = padded(&it.article, article_width);
            let standing = padded(it.standing().name(lang), standing_width);
            format!("{}  {article}  {standing}  {what}\n", it.id)
        };
        let (mut proven, mut evidence_only, mut still_open) = (0, 0, 0);
        for it in chosen() {
            *match it.standing() {
                Standing::Proven(_) => &mut proven,
                Standing::EvidenceOnly => &mut evidence_only,
                Standing::Open => &mut still_open,
            } += 1;
        }
        let sums = format!("{proven} proven, {evidence_only} evidence only, {still_open} open");
        shown.iter().map(line).chain(iter::once(sums)).collect()
    }
}

fn parse<T: for<'de> Deserialize<'de>>(file: &'static str, text: &str) -> Result<T, ObligationError> {
    toml::from_str(text).map_err(|error| ObligationError::Syntax { file, error })
}

fn in_order(found: &str, wanted: String) -> Result<(), ObligationError> {
    if found == wanted {
        Ok(())
    } else {
        Err(ObligationError::OutOfOrder { found: found.to_owned(), wanted })
    }
}

/// How wide a terminal shows it: a Japanese character takes two columns.
fn columns(text: &str) -> usize {
    text.chars().map(|char| if char.is_ascii() { 1 } else { 2 }).sum()
}

fn padded(text: &str, width: usize) -> String {
    let space = width.saturating_sub(columns(text));
    format!("{text}{:space$}", "")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The shipped lists, with one regulation's text changed and with these proofs.
    fn lists(change: impl Fn(Regulation, &str) -> String, proofs: &str) -> Result<Lists, ObligationError> {
        let texts = Regulation::ALL.map(|one| (one, change(one, one.text())));
        Lists::read(texts.iter().map(|(one, text)| (*one, text.as_str())), DIFFERENCES, proofs)
    }

    fn iide_with(from: &str, to: &str) -> ObligationError {
        let change = |one: Regulation, text: &str| {
            if one != Regulation::Iide {
                return text.to_owned();
            }
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        };
        lists(change, "").unwrap_err()
    }

    fn proven(proofs: &str) -> Lists {
        lists(|_, text| text.to_owned(), proofs).unwrap()
    }

    fn sums(report: &str) -> [usize; 3] {
        let last = report.lines().last().unwrap();
        let (proven, rest) = last.split_once(" proven, ").unwrap();
        let (evidence_only, open) = rest.split_once(" evidence only, ").unwrap();
        [proven, evidence_only, open.strip_suffix(" open").unwrap()].map(|sum| sum.parse().unwrap())
    }

    #[test]
    fn each_regulation_has_as_many_obligations_as_were_counted_in_it() {
        let all = all().unwrap();
        let counted = Regulation::ALL.map(|one| all.iter().filter(|it| it.regulation == one).count());
        assert_eq!(counted, [38, 53, 80, 91, 54]);
        assert_eq!(all.len(), 316);
        let ids: BTreeSet<_> = all.iter().map(|it| &it.id).collect();
        assert_eq!(ids.len(), 316, "no id stands twice");
    }

    #[test]
    fn each_file_can_be_read_for_itself() {
        for one in Regulation::ALL {
            let lists = Lists::read([(one, one.text())], DIFFERENCES, "").unwrap();
            assert!(!lists.obligations.is_empty(), "{one}");
        }
    }

    #[test]
    fn nothing_that_a_person_reads_is_left_out() {
        for it in all().unwrap() {
            for text in [&it.article, &it.asks, &it.ja] {
                assert!(!text.trim().is_empty() && text.trim() == text && !text.contains('\n'), "{it:?}");
            }
            assert!(it.asks.is_ascii() && it.asks.ends_with('.'), "{it:?}");
            assert!(!it.ja.is_ascii() && it.article.contains(['第', '別', '附']), "{it:?}");
            let kinds: BTreeSet<_> = it.kinds.iter().collect();
            assert!(!kinds.is_empty() && kinds.len() == it.kinds.len(), "{it:?}");
        }
    }

    #[test]
    fn an_obligation_is_found_by_its_id() {
        let found = by_id("NG-037").unwrap().unwrap();
        assert_eq!(
            (found.regulation, found.article.as_str()),
            (Regulation::NagasakiKyosai, "第11条第3項前段")
        );
        assert_eq!(
            (found.kinds.as_slice(), &found.differs[..]),
            (&[Kind::Gate, Kind::Refusal][..], &["D7".into()][..])
        );
        assert_eq!(by_id("NG-081").unwrap(), None);
        assert_eq!(by_id("ng-037").unwrap(), None);
    }

    #[test]
    fn every_difference_is_of_use() {
        let all = all().unwrap();
        for difference in differences().unwrap() {
            assert!(all.iter().any(|it| it.differs.contains(&difference.code)), "{difference:?}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused_by_file_and_name() {
        let message = iide_with("asks =", "askes =").to_string();
        assert!(message.starts_with("iide.toml: ") && message.contains("askes"), "{message}");
        let message = iide_with("\"field\"", "\"fields\"").to_string();
        assert!(message.contains("fields"), "{message}");
    }

    #[test]
    fn an_id_out_of_order_is_refused() {
        let wanted = "II-002".to_owned();
        for found in ["II-003", "II-001", "II-02", "YB-002"] {
            let error = iide_with("\"II-002\"", &format!("{found:?}"));
            assert_eq!(
                error,
                ObligationError::OutOfOrder { found: found.to_owned(), wanted: wanted.clone() }
            );
        }
    }

    #[test]
    fn a_difference_that_is_not_listed_is_refused() {
        let error = iide_with("differs = [\"D4\"]", "differs = [\"D26\"]");
        assert_eq!(error.to_string(), "II-002: there is no difference D26");
    }

    #[test]
    fn the_mark_of_evidence_only_goes_with_the_kinds() {
        let marked = iide_with("differs = []", "differs = []\nevidence_only = true");
        assert_eq!(marked, ObligationError::EvidenceOnly { id: "II-001".to_owned() });
        let unmarked = iide_with("evidence_only = true\n", "");
        assert_eq!(unmarked, ObligationError::EvidenceOnly { id: "II-011".to_owned() });
    }

    #[test]
    fn a_proof_of_what_nobody_asks_for_is_refused() {
        let error = lists(|_, text| text.to_owned(), "NG-081 = [\"a\"]").unwrap_err();
        assert_eq!(error, ObligationError::UnknownProof { id: "NG-081".to_owned() });
    }

    #[test]
    fn a_test_makes_an_obligation_proven_and_nothing_else_does() {
        let lists = proven("NG-009 = [\"a\"]\nNG-037 = [\"a\", \"b\"]\nNG-038 = []");
        let standing = |id| lists.obligations.iter().find(|it| it.id == id).unwrap().standing();
        assert_eq!(standing("NG-037"), Standing::Proven(&["a".to_owned(), "b".to_owned()]));
        assert_eq!(standing("NG-009"), Standing::Proven(&["a".to_owned()]), "a proof outweighs the mark");
        assert_eq!(standing("NG-038"), Standing::Open, "no test is no proof");
        assert_eq!(standing("NG-059"), Standing::EvidenceOnly);
    }

    #[test]
    fn the_last_line_of_a_report_adds_up_to_every_obligation() {
        for (lang, open) in [(Lang::Ja, false), (Lang::Ja, true), (Lang::En, false), (Lang::En, true)] {
            let report = report(lang, None, open).unwrap();
            let sums = sums(&report);
            assert_eq!(sums.iter().sum::<usize>(), 316);
            assert_eq!(report.lines().count() - 1, if open { sums[2] } else { 316 });
        }
        for (one, count) in Regulation::ALL.into_iter().zip([38, 53, 80, 91, 54]) {
            let report = report(Lang::En, Some(one), false).unwrap();
            assert_eq!(sums(&report).iter().sum::<usize>(), count);
            let lines: Vec<_> = report.lines().collect();
            assert!(lines[..count].iter().all(|line| line.starts_with(one.prefix())), "{report}");
        }
    }

    #[test]
    fn a_line_shows_the_first_test_and_how_many_more_or_what_is_asked() {
        let lists = proven("KT-001 = [\"c::f::t\"]\nKT-036 = [\"c::f::t\", \"c::f::u\", \"c::f::v\"]");
        let english = lists.report(Lang::En, Some(Regulation::Kitami), false);
        let japanese = lists.report(Lang::Ja, Some(Regulation::Kitami), false);
        let line = |report: &str, id: &str| -> Vec<String> {
            let line = report.lines().find(|line| line.starts_with(id)).unwrap();
            line.split("  ").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
        };
        assert_eq!(line(&english, "KT-001"), ["KT-001", "第2条第1号〜第3号・別表第1", "proven", "c::f::t"]);
        assert_eq!(line(&english, "KT-036"), ["KT-036", "第9条第1項", "proven", "c::f::t and 2 more"]);
        assert_eq!(line(&japanese, "KT-036"), ["KT-036", "第9条第1項", "証明済", "c::f::t ほか2件"]);
        assert_eq!(
            line(&english, "KT-033"),
            ["KT-033", "第8条第6項", "open", "A password is hard to guess."]
        );
        assert_eq!(line(&japanese, "KT-037"), ["KT-037", "第9条第2項", "証跡のみ", "個人情報の漏えい防止"]);
        assert_eq!(english.lines().last(), Some("2 proven, 1 evidence only, 51 open"));
        assert_eq!(japanese.lines().last(), english.lines().last());
    }

    #[test]
    fn the_columns_of_a_report_stand_below_each_other() {
        let report = report(Lang::Ja, None, false).unwrap();
        let at = |line: &str| {
            ["証明済", "証跡のみ", "未証明"]
                .iter()
                .find_map(|word| line.find(word))
                .map(|at| columns(&line[..at]))
        };
        let places: BTreeSet<_> = report.lines().take(316).map(at).collect();
        assert_eq!(places.len(), 1, "{places:?}");
    }

    #[test]
    fn an_unknown_town_is_refused_with_those_that_there_are() {
        assert_eq!("nishi-izu".parse(), Ok(Regulation::NishiIzu));
        assert_eq!("ni".parse(), Ok(Regulation::NishiIzu));
        for found in ["atami", "", "N", "nishi-izu "] {
            let error = found.parse::<Regulation>().unwrap_err();
            assert_eq!(error, UnknownRegulation { found: found.to_owned() });
            assert!(error.to_string().ends_with("there are iide, yabu, nagasaki-kyosai, nishi-izu, kitami"));
        }
    }
}
