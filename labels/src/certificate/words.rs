//! What the certificate says by itself, in each language.

use super::{Language, Presence, Technique};

/// All words of one language. A field that one language lacks does not compile.
pub(super) struct Words {
    pub(super) title: &'static str,
    pub(super) statement: &'static str,
    pub(super) number: &'static str,
    pub(super) issued_at: &'static str,
    pub(super) body: &'static str,

    pub(super) items: &'static str,
    pub(super) manufacturer: &'static str,
    pub(super) model: &'static str,
    pub(super) serial: &'static str,
    pub(super) control_number: &'static str,
    pub(super) media_type: &'static str,
    pub(super) source: &'static str,
    pub(super) category_before: &'static str,
    pub(super) category_after: &'static str,
    /// Shorter, for a table.
    pub(super) before: &'static str,
    pub(super) after: &'static str,
    pub(super) label_code: &'static str,
    pub(super) item_id: &'static str,
    pub(super) records: &'static str,
    pub(super) note: &'static str,
    /// Before the number of items and after it.
    pub(super) items_in_all: [&'static str; 2],
    /// Before the number of records of all items and after it.
    pub(super) records_in_all: [&'static str; 2],
    pub(super) records_unit: &'static str,

    pub(super) treatment: &'static str,
    pub(super) technique: &'static str,
    pub(super) method: &'static str,
    pub(super) tool: &'static str,
    pub(super) particle_class: &'static str,
    pub(super) verification_method: &'static str,
    pub(super) verification_result: &'static str,
    pub(super) validation: &'static str,
    pub(super) destination: &'static str,
    pub(super) backup: &'static str,

    pub(super) people: &'static str,
    pub(super) operator: &'static str,
    pub(super) verifier: &'static str,
    pub(super) verifier_and_witness: &'static str,
    pub(super) witness: &'static str,
    pub(super) confirmer: &'static str,
    pub(super) name: &'static str,
    pub(super) position: &'static str,
    pub(super) at: &'static str,
    pub(super) place: &'static str,
    pub(super) contact: &'static str,
    pub(super) signature: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) device: &'static str,
    pub(super) event: &'static str,
    pub(super) presence: &'static str,
    pub(super) signature_note: &'static str,

    pub(super) authority: &'static str,
    pub(super) permission: &'static str,
    pub(super) permitted_at: &'static str,
    pub(super) permitted_by: &'static str,
    pub(super) profile: &'static str,
    pub(super) articles: &'static str,
    pub(super) retention: &'static str,
    pub(super) expiry: &'static str,

    pub(super) contract: &'static str,
    pub(super) contractor: &'static str,
    pub(super) agreement: &'static str,
    pub(super) contractor_certificate: &'static str,
    pub(super) container: &'static str,
    pub(super) seal: &'static str,

    pub(super) photographs: &'static str,
    pub(super) photograph: &'static str,

    pub(super) ledger: &'static str,
    pub(super) ledger_note: &'static str,
    pub(super) absent_note: &'static str,
}

impl Language {
    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::Japanese => &JAPANESE,
            Self::English => &ENGLISH,
        }
    }
}

impl Technique {
    pub(super) fn word(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Clear, Language::Japanese) => "消去（Clear）",
            (Self::Purge, Language::Japanese) => "除去（Purge）",
            (Self::Destroy, Language::Japanese) => "破壊（Destroy）",
            (Self::Clear, Language::English) => "Clear",
            (Self::Purge, Language::English) => "Purge",
            (Self::Destroy, Language::English) => "Destroy",
        }
    }
}

impl Presence {
    pub(super) fn word(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::OnSite, Language::Japanese) => "現地で立ち会った",
            (Self::Photograph, Language::Japanese) => "写真により確認した（現地での立会なし）",
            (Self::CertificateOnly, Language::Japanese) => {
                "受託者の証明書のみにより確認した（現地での立会なし）"
            }
            (Self::OnSite, Language::English) => "Present on site",
            (Self::Photograph, Language::English) => "Confirmed by photograph; nobody was present on site",
            (Self::CertificateOnly, Language::English) => {
                "Confirmed by the contractor's certificate only; nobody was present on site"
            }
        }
    }
}

const JAPANESE: Words = Words {
    title: "廃棄証明書",
    statement: "次の記録媒体等について、以下に記すとおり消去又は破壊を行ったことを証明する。",
    number: "証明書番号",
    issued_at: "発行日",
    body: "発行機関",

    items: "対象の媒体",
    manufacturer: "製造者",
    model: "型番",
    serial: "製造番号",
    control_number: "管理番号",
    media_type: "媒体の種類",
    source: "使用元",
    category_before: "処理前の機密区分",
    category_after: "処理後の機密区分",
    before: "処理前",
    after: "処理後",
    label_code: "ラベルコード",
    item_id: "台帳の媒体番号",
    records: "記録件数",
    note: "備考",
    items_in_all: ["以上 ", " 点"],
    records_in_all: ["、記録件数の合計 ", " 件"],
    records_unit: " 件",

    treatment: "消去・破壊の内容",
    technique: "区分",
    method: "方法",
    tool: "使用機器・版",
    particle_class: "細断の等級",
    verification_method: "検証の方法",
    verification_result: "検証の結果",
    validation: "妥当性の判断",
    destination: "処理後の行先",
    backup: "複製の保管先",

    people: "実施・検証・確認",
    operator: "実施者",
    verifier: "検証者",
    verifier_and_witness: "検証・立会者",
    witness: "立会者",
    confirmer: "確認者",
    name: "氏名",
    position: "職・役割",
    at: "日時",
    place: "場所",
    contact: "連絡先",
    signature: "署名に代わる記録",
    sign_in: "利用者",
    device: "端末",
    event: "記録",
    presence: "立会の方法",
    signature_note: "署名・押印に代えて、各人が利用者認証のうえ行った操作とその台帳の記録を示す。",

    authority: "根拠と許可",
    permission: "許可の番号",
    permitted_at: "許可日時",
    permitted_by: "許可者",
    profile: "適用する規程",
    articles: "根拠の条項",
    retention: "保存期間の定め",
    expiry: "保存期間の満了",

    contract: "搬送と委託",
    contractor: "受託者",
    agreement: "契約",
    contractor_certificate: "受託者の証明書",
    container: "搬送容器",
    seal: "封印",

    photographs: "写真",
    photograph: "写真",

    ledger: "台帳の署名",
    ledger_note: "この証明の基となる記録は、追記だけができる台帳にある。次の署名付きチェックポイントを保管しておけば、\
                  これに含まれる記録が後に改変されていないことを第三者が確かめられる。",
    absent_note: "「―」は、NIST SP 800-88 Rev. 1（4.8）が証明書に求める事項のうち、記録のないものを示す。",
};

const ENGLISH: Words = Words {
    title: "Certificate of Sanitization and Destruction",
    statement: "This is to certify that the media listed below were sanitized or destroyed as stated here.",
    number: "Certificate no.",
    issued_at: "Issued",
    body: "Issued by",

    items: "Media",
    manufacturer: "Manufacturer",
    model: "Model",
    serial: "Serial number",
    control_number: "Property number",
    media_type: "Media type",
    source: "Media source",
    category_before: "Category before",
    category_after: "Category after",
    before: "Before",
    after: "After",
    label_code: "Label code",
    item_id: "Ledger item",
    records: "Records",
    note: "Note",
    items_in_all: ["Items in all: ", ""],
    records_in_all: ["; records in all: ", ""],
    records_unit: "",

    treatment: "Sanitization",
    technique: "Technique",
    method: "Method",
    tool: "Tool, version",
    particle_class: "Particle class",
    verification_method: "Verification",
    verification_result: "Result",
    validation: "Validation",
    destination: "Destination",
    backup: "Backup kept at",

    people: "Sanitization, verification, confirmation",
    operator: "Sanitization",
    verifier: "Verification",
    verifier_and_witness: "Verification, witness",
    witness: "Witness",
    confirmer: "Confirmation",
    name: "Name",
    position: "Position, role",
    at: "Date and time",
    place: "Location",
    contact: "Contact",
    signature: "In place of a signature",
    sign_in: "Sign-in",
    device: "Device",
    event: "Entry",
    presence: "Presence",
    signature_note: "In place of signatures and seals stand the acts that each person did after signing in, and \
                     their entries in the ledger.",

    authority: "Authority",
    permission: "Permission no.",
    permitted_at: "Permitted on",
    permitted_by: "Permitted by",
    profile: "Rules applied",
    articles: "Articles",
    retention: "Retention rule",
    expiry: "End of retention",

    contract: "Transport and contractor",
    contractor: "Contractor",
    agreement: "Contract",
    contractor_certificate: "Contractor's certificate",
    container: "Container",
    seal: "Seal",

    photographs: "Photographs",
    photograph: "Photograph",

    ledger: "Signature of the ledger",
    ledger_note: "The records behind this certificate are in a ledger that can only be appended to. Whoever \
                  keeps the signed checkpoint below can have it verified that no record it covers was altered \
                  afterwards.",
    absent_note: "A “―” marks what NIST SP 800-88 Rev. 1, 4.8, asks of a certificate and was not recorded.",
};
