//! The certificate of destruction as its users see it: values to PDF, and the PDF as it is printed.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use hokan_labels::certificate::{
    Attestation, Checkpoint, Contractor, Item, Language, MAX_ITEMS, MAX_PHOTOGRAPHS, Permission, Photograph,
    Presence, Rules, Signature, Technique, Treatment, print,
};
use hokan_labels::{Certificate, CertificateError, ReadError, ReadLimits, read_luma};
use image::{DynamicImage, GrayImage, ImageFormat, Rgb, RgbImage};
use std::io::{Cursor, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

const CREATED: i64 = 1_790_000_000;

const CHECKPOINT: &str = "hokan.mihon.lg.jp/hokan\n\
    18204\n\
    uYCV7dXUp7smrqwUbJUSw7To1D3PyCq5kD5bQ+r+zag=\n\
    \n\
    — hokan.mihon.lg.jp/hokan RAe7CPtdXm3JqC4fIQBaxw39fpXgPRbGY7RvEWRaO5Nh9E0kbP56Dx83yPR++1xCymnXomOtMBp9ACs9bjV4WigZPAw=\n";

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// A drive on a table, about: something grey on something brown, with a light label.
fn photograph(width: u32, height: u32, caption: &str) -> Photograph {
    let image = RgbImage::from_fn(width, height, |x, y| {
        let (across, down) = (x * 100 / width, y * 100 / height);
        let grain = ((x * 31) ^ (y * 17)) as u8 % 12;
        match (across, down) {
            (25..75, 15..85) if (30..70).contains(&across) && (25..55).contains(&down) => {
                if down % 6 < 2 && across > 33 { Rgb([60, 60, 64]) } else { Rgb([238, 236, 228]) }
            }
            (25..75, 15..85) => Rgb([150 + grain, 154 + grain, 160 + grain]),
            _ => Rgb([150 - grain, 118 - grain, 84 - grain]),
        }
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    Photograph { bytes: bytes.into_inner(), caption: caption.to_owned() }
}

fn person(name: &str, position: &str, at: &str, place: &str, sign_in: &str, device: &str) -> Attestation {
    Attestation {
        name: name.to_owned(),
        position: some(position),
        at: some(at),
        place: some(place),
        contact: some("0957-00-1234（内線 215）"),
        signature: Some(Signature {
            sign_in: sign_in.to_owned(),
            device: some(device),
            event: "019978f2-6c1e-7d44-9b0a-52c8e1f0a377".to_owned(),
        }),
    }
}

fn item(number: u64) -> Item {
    Item {
        item_id: format!("019978f2-6c1e-7d44-9b0a-52c8e1f0{number:04}"),
        label_code: Some(format!("7K3M-9QX2-{number:04}")),
        manufacturer: some("東芝"),
        model: some("MQ01ABD050V"),
        serial: Some(format!("Y6KTP{number:05}S")),
        control_number: Some(format!("住基-HDD-{number:03}")),
        media_type: some("磁気ディスク（2.5型 SATA 500GB）"),
        source: some("住民課 住民基本台帳ネットワークシステム 業務端末"),
        category_before: some("自治体機密性3A"),
        category_after: None,
        records: Some(12_480),
        note: None,
    }
}

fn certificate() -> Certificate {
    Certificate {
        language: Language::Japanese,
        number: "見住廃 第8-0012号".to_owned(),
        body_name: "見本町".to_owned(),
        issued_at: "令和8年9月24日".to_owned(),
        items: vec![item(12)],
        treatment: Treatment {
            technique: Technique::Destroy,
            method: some("専用破砕機による破砕"),
            tool: some("日東造機 HDB-30V（管理ソフト 2.4.1）"),
            particle_class: some("ISO/IEC 21964-1 H-4"),
            verification_method: some("全数の目視確認"),
            verification_result: some("プラッターの破断を確認。読み取り不可"),
            validation: some("適当と認める（自治体機密性3Aの媒体に対する物理的破壊）"),
            destination: some("株式会社見本リサイクル（金属資源として再生）"),
            backup: None,
        },
        operator: person(
            "佐藤 花子",
            "住民課 主任（担当者）",
            "令和8年9月24日 10時32分",
            "見本町役場 本庁舎1階 機械室",
            "sato",
            "住民課 タブレット2号",
        ),
        verifier: None,
        witness: Some(person(
            "伊藤 次郎",
            "総務課 係長（立会者）",
            "令和8年9月24日 10時41分",
            "見本町役場 本庁舎1階 機械室",
            "ito",
            "総務課 タブレット1号",
        )),
        presence: Some(Presence::OnSite),
        confirmer: Some(person(
            "田中 実",
            "住民課 課長（保護責任者）",
            "令和8年9月24日 15時05分",
            "見本町役場 住民課",
            "tanaka",
            "住民課 端末07",
        )),
        permission: Some(Permission {
            id: "廃棄許可 第8-0031号".to_owned(),
            name: "渡辺 一郎".to_owned(),
            position: some("副町長（総括保護管理者）"),
            at: some("令和8年9月10日 17時12分"),
        }),
        rules: Rules {
            profile: "見本町住民基本台帳ネットワークシステム管理規程（令和7年4月1日施行）".to_owned(),
            articles: vec![
                "第21条第2項（媒体の廃棄は、復元できない方法により、立会者の下で行う。）".to_owned(),
                "第22条（廃棄の記録）".to_owned(),
            ],
            retention: some("磁気ディスク等：使用を終えた日から1年間保存する（文書管理規程 別表第2）"),
            expiry: some("令和7年9月1日に使用を終え、保存期間は令和8年9月1日に満了した。"),
        },
        contractor: Some(Contractor {
            name: "株式会社見本リサイクル 長崎工場".to_owned(),
            contract: some("令和8年度 情報機器等廃棄業務委託（第8-114号）"),
            certificate_number: some("MR-2026-00871"),
        }),
        container: some("搬送用ケース 1号"),
        seal: some("封印 A-004417（開封時に異常なし）"),
        photographs: vec![
            photograph(1200, 900, "破壊前。製造番号 Y6KTP00012S が読み取れる。"),
            photograph(900, 1200, "破壊後。プラッターが破断している。"),
        ],
        checkpoint: Some(Checkpoint { text: CHECKPOINT.to_owned(), payload: CHECKPOINT.to_owned() }),
    }
}

/// With nothing but what has to be given.
fn bare() -> Certificate {
    Certificate {
        language: Language::Japanese,
        number: "第1号".to_owned(),
        body_name: "見本町".to_owned(),
        issued_at: "令和8年9月24日".to_owned(),
        items: vec![Item { item_id: "019978f2".to_owned(), ..Item::default() }],
        treatment: Treatment {
            technique: Technique::Clear,
            method: None,
            tool: None,
            particle_class: None,
            verification_method: None,
            verification_result: None,
            validation: None,
            destination: None,
            backup: None,
        },
        operator: Attestation { name: "佐藤 花子".to_owned(), ..Attestation::default() },
        verifier: None,
        witness: None,
        presence: None,
        confirmer: None,
        permission: None,
        rules: Rules::default(),
        contractor: None,
        container: None,
        seal: None,
        photographs: Vec::new(),
        checkpoint: None,
    }
}

fn printed(certificate: &Certificate) -> Vec<u8> {
    print(std::slice::from_ref(certificate), CREATED).unwrap()
}

/// The text of each page, without white space, which depends on where lines are broken.
fn texts(pdf: &[u8]) -> Vec<String> {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let pages = document.get_pages().into_keys();
    pages.map(|page| packed(&document.extract_text(&[page]).unwrap())).collect()
}

fn packed(text: &str) -> String {
    text.chars().filter(|char| !char.is_whitespace()).collect()
}

/// Where each run of text begins on each page, in points from its lower left corner.
fn places(pdf: &[u8]) -> Vec<Vec<(f32, f32)>> {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let pages = document.get_pages().into_values();
    pages
        .map(|page| {
            let content = document.get_and_decode_page_content(page).unwrap();
            let moves = content.operations.into_iter().filter(|operation| operation.operator == "Td");
            moves
                .map(|operation| {
                    let number = |index: usize| operation.operands[index].as_float().unwrap();
                    (number(0), number(1))
                })
                .collect()
        })
        .collect()
}

/// No text beyond the margins, and no line on another that begins at the same place.
fn assert_in_order(pdf: &[u8]) {
    let points = |mm: f32| mm * 72.0 / 25.4;
    for (page, mut places) in places(pdf).into_iter().enumerate() {
        places.sort_by(|left, right| left.partial_cmp(right).unwrap());
        for &(x, y) in &places {
            assert!((points(19.9)..points(190.0)).contains(&x), "page {page}: {x} {y}");
            assert!((points(10.0)..points(279.0)).contains(&y), "page {page}: {x} {y}");
        }
        for pair in places.windows(2) {
            let ((left, lower), (right, upper)) = (pair[0], pair[1]);
            assert!(left != right || upper - lower > 7.0, "page {page}: {pair:?}");
        }
    }
}

/// The pages as grey pictures, by `pdftoppm` (package poppler-utils), which has to be there.
fn rendered(pdf: &[u8], dpi: u32) -> Vec<GrayImage> {
    let mut child = Command::new("pdftoppm")
        .args(["-gray", "-r", &dpi.to_string(), "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("pdftoppm must be installed (package poppler-utils)");
    let mut stdin = child.stdin.take().unwrap();
    let input = pdf.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let mut pages = Vec::new();
    let mut rest = output.stdout.as_slice();
    while !rest.is_empty() {
        // Three lines of header: P5, width and height, 255.
        let mut lines = rest.splitn(4, |&byte| byte == b'\n');
        assert_eq!(lines.next(), Some(&b"P5"[..]));
        let size = std::str::from_utf8(lines.next().unwrap()).unwrap();
        let (width, height) = size.split_once(' ').unwrap();
        let (width, height): (u32, u32) = (width.parse().unwrap(), height.parse().unwrap());
        assert_eq!(lines.next(), Some(&b"255"[..]));
        let (pixels, after) = lines.next().unwrap().split_at((width * height) as usize);
        pages.push(GrayImage::from_raw(width, height, pixels.to_vec()).unwrap());
        rest = after;
    }
    pages
}

fn codes_on(page: &GrayImage) -> Vec<String> {
    let limits = ReadLimits { time_budget: Duration::from_secs(60), ..ReadLimits::default() };
    let reading = read_luma(page.width(), page.height(), page.as_raw(), &limits).unwrap();
    reading.codes.into_iter().map(|found| found.text).collect()
}

#[test]
fn everything_that_was_filled_in_is_printed() {
    let mut full = certificate();
    full.verifier = Some(person("鈴木 三郎", "情報政策課", "10時38分", "電算室", "suzuki", "端末09"));
    full.treatment.backup = some("バックアップ用テープ 住基-LTO-004");
    full.items[0].category_after = some("自治体機密性1");
    full.items[0].note = some("外装に傷あり");
    let all = texts(&printed(&full)).concat();
    for value in [
        "廃棄証明書",
        "見住廃 第8-0012号",
        "見本町",
        "令和8年9月24日",
        "東芝",
        "MQ01ABD050V",
        "Y6KTP00012S",
        "住基-HDD-012",
        "磁気ディスク（2.5型 SATA 500GB）",
        "住民基本台帳ネットワークシステム 業務端末",
        "自治体機密性3A",
        "自治体機密性1",
        "7K3M-9QX2-0012",
        "019978f2-6c1e-7d44-9b0a-52c8e1f00012",
        "12,480 件",
        "外装に傷あり",
        "破壊（Destroy）",
        "専用破砕機による破砕",
        "日東造機 HDB-30V（管理ソフト 2.4.1）",
        "ISO/IEC 21964-1 H-4",
        "全数の目視確認",
        "プラッターの破断を確認",
        "適当と認める",
        "株式会社見本リサイクル（金属資源として再生）",
        "バックアップ用テープ 住基-LTO-004",
        "佐藤 花子",
        "住民課 主任（担当者）",
        "令和8年9月24日 10時32分",
        "本庁舎1階 機械室",
        "0957-00-1234（内線 215）",
        "利用者: sato",
        "端末: 住民課 タブレット2号",
        "019978f2-6c1e-7d44-9b0a-52c8e1f0a377",
        "鈴木 三郎",
        "伊藤 次郎",
        "田中 実",
        "検証者",
        "立会者",
        "確認者",
        "現地で立ち会った",
        "廃棄許可 第8-0031号",
        "渡辺 一郎",
        "副町長（総括保護管理者）",
        "令和8年9月10日 17時12分",
        "管理規程（令和7年4月1日施行）",
        "第21条第2項",
        "第22条",
        "1年間保存する",
        "令和8年9月1日に満了した。",
        "第8-114号",
        "MR-2026-00871",
        "搬送用ケース 1号",
        "封印 A-004417",
        "写真 1　破壊前。",
        "写真 2　破壊後。",
        CHECKPOINT,
    ] {
        assert!(all.contains(&packed(value)), "{value}: {all}");
    }
    assert!(!all.contains('―'), "nothing is missing");
    assert!(!all.contains("NIST"), "nothing has to be explained");
    assert_in_order(&printed(&full));
}

#[test]
fn gaps_are_marked_where_the_standard_demands_something() {
    let all = texts(&printed(&bare())).concat();
    // Six of the item, four of the treatment, five of the operator, six of whoever verified it; and the note.
    assert_eq!(all.matches('―').count(), 6 + 4 + 5 + 6 + 1, "{all}");
    assert!(all.contains("NISTSP800-88Rev.1（4.8）"));
    for absent in [
        "備考",
        "ラベルコード",
        "記録件数",
        "根拠と許可",
        "搬送と委託",
        "写真",
        "台帳の署名",
        "立会",
        "複製",
        "押印",
    ] {
        assert!(!all.contains(absent), "{absent}: {all}");
    }
    let blank = Item { serial: some(" \n"), note: some("　"), ..item(1) };
    let all = texts(&printed(&Certificate { items: vec![blank], ..certificate() })).concat();
    assert!(all.contains("製造番号―") && !all.contains("備考"), "{all}");
}

#[test]
fn a_witness_can_stand_for_the_verifier() {
    let of = |verifier: Option<Attestation>, witness| {
        texts(&printed(&Certificate { verifier, witness, ..bare() })).concat()
    };
    let person = || person("伊藤 次郎", "係長", "10時", "役場", "ito", "端末");
    assert!(of(None, Some(person())).contains("実施者検証・立会者氏名佐藤花子伊藤次郎"));
    assert!(of(Some(person()), None).contains("実施者検証者氏名佐藤花子伊藤次郎"));
    assert!(of(Some(person()), Some(person())).contains("実施者検証者立会者氏名佐藤花子伊藤次郎伊藤次郎"));
    assert!(of(None, None).contains("実施者検証者氏名佐藤花子―"));
}

#[test]
fn a_second_language_follows_on_pages_of_its_own() {
    let english = Certificate {
        language: Language::English,
        number: "R8-0012".to_owned(),
        body_name: "Mihon Town".to_owned(),
        ..certificate()
    };
    let pdf = print(&[certificate(), english.clone()], CREATED).unwrap();
    let pages = texts(&pdf);
    assert_eq!(pages.len(), 4);
    for (number, page) in (1..).zip(&pages) {
        assert!(page.contains(&format!("{number}/4")), "{page}");
        let (body, certificate) =
            if number < 3 { ("見本町", "見住廃第8-0012号") } else { ("MihonTown", "R8-0012") };
        assert!(page.contains(&format!("{body}{certificate}{number}/4")), "{page}");
    }
    assert!(pages[2].starts_with("CertificateofSanitizationandDestruction"), "{}", pages[2]);
    assert!(pages[2..].concat().contains("Presentonsite"));
    let images = |pdf: &[u8]| {
        let document = lopdf::Document::load_mem(pdf).unwrap();
        let is_image = |object: &&lopdf::Object| {
            let kind = object.as_stream().and_then(|stream| stream.dict.get(b"Subtype"));
            kind.and_then(lopdf::Object::as_name).is_ok_and(|name| name == b"Image")
        };
        document.objects.values().filter(is_image).count()
    };
    assert_eq!(images(&pdf), 2, "photographs that both parts show are held once");

    let language = |pdf: &[u8]| {
        let document = lopdf::Document::load_mem(pdf).unwrap();
        document.catalog().unwrap().get(b"Lang").unwrap().as_str().unwrap().to_vec()
    };
    assert_eq!(language(&pdf), b"ja-JP");
    assert_eq!(language(&printed(&english)), b"en");
}

#[test]
fn the_same_values_give_the_same_bytes() {
    assert_eq!(printed(&certificate()), printed(&certificate()));
    assert_ne!(printed(&certificate()), print(&[certificate()], CREATED + 1).unwrap());
}

#[test]
fn many_items_go_on_over_pages_under_the_same_headings() {
    let pdf = printed(&Certificate { items: (1..=60).map(item).collect(), ..certificate() });
    let pages = texts(&pdf);
    assert!(pages.len() >= 6, "{}", pages.len());
    let with_items: Vec<&String> = pages.iter().filter(|page| page.contains("住基-HDD-")).collect();
    assert!(with_items.len() >= 4, "{}", with_items.len());
    for page in with_items {
        assert_eq!(page.matches("台帳の媒体番号").count(), 1, "{page}");
    }
    let all = pages.concat();
    for number in 1..=60 {
        assert_eq!(
            all.matches(&format!("Y6KTP{number:05}S")).count(),
            1 + usize::from(number == 12),
            "{number}"
        );
    }
    assert!(all.contains("以上60点、記録件数の合計748,800件"), "{all}");
    for (number, page) in (1..).zip(&pages) {
        assert!(page.ends_with(&format!("見本町見住廃第8-0012号{number}/{}", pages.len())), "{page}");
    }
    assert_in_order(&pdf);

    let unknown = Item { records: None, ..item(2) };
    let all = texts(&printed(&Certificate { items: vec![item(1), unknown], ..certificate() })).concat();
    assert!(all.contains("以上2点") && !all.contains("合計"), "a sum of some is not the sum of all");
}

#[test]
fn long_texts_are_printed_to_their_end() {
    let long =
        |first: &str| format!("{first}{}畢", "復元できない状態にした、（目視により）確認。".repeat(400));
    let mut endless = certificate();
    endless.treatment.method = Some(long("甲"));
    endless.rules.articles.push(long("乙"));
    endless.operator.position = Some(long("丙"));
    endless.photographs[0].caption = long("丁");
    endless.items.push(Item { model: Some(long("戊")), ..item(13) });
    endless.checkpoint = Some(Checkpoint { text: "§".repeat(16_000), payload: CHECKPOINT.to_owned() });
    let pdf = printed(&endless);
    let pages = texts(&pdf);
    let all = pages.concat();
    assert_eq!(all.matches('畢').count(), 5, "every end is there");
    // By single characters: between any two of them a page can end.
    assert_eq!(all.matches('視').count(), 5 * 400 + 1);
    assert_eq!(all.matches('§').count(), 16_000);
    for first in ["甲", "乙", "丙", "丁", "戊"] {
        assert!(all.contains(&format!("{first}復元できない")), "{first}");
    }
    assert!(pages.len() > 15, "{}", pages.len());
    assert_in_order(&pdf);
}

#[test]
fn any_text_can_be_printed() {
    for text in
        ["", "\u{0}\r\n\t", "𠮷田 髙﨑①㈱葛󠄀", "a\u{1F600}b مرحبا", &"W".repeat(3000), &"）".repeat(300)]
    {
        let mut odd = certificate();
        odd.number = text.to_owned();
        odd.body_name = text.to_owned();
        odd.operator.name = text.to_owned();
        odd.items = vec![Item { manufacturer: some(text), item_id: text.to_owned(), ..item(1) }; 2];
        odd.rules.articles = vec![text.to_owned(); 3];
        odd.photographs[1].caption = text.to_owned();
        odd.checkpoint = Some(Checkpoint { text: text.to_owned(), payload: String::new() });
        let pdf = printed(&odd);
        assert!(texts(&pdf).concat().contains("廃棄証明書"));
        assert_in_order(&pdf);
    }
}

#[test]
fn a_photograph_that_cannot_be_shown_is_named() {
    let mut broken = certificate();
    let half = broken.photographs[1].bytes.len() / 2;
    broken.photographs[1].bytes.truncate(half);
    let error = print(&[broken], CREATED).unwrap_err();
    let caption = "破壊後。プラッターが破断している。".to_owned();
    assert_eq!(error, CertificateError::Photograph { number: 2, caption, reason: ReadError::Truncated });
    assert!(error.to_string().starts_with("photograph 2 (破壊後。プラッターが破断している。): "), "{error}");
    assert_eq!(error.code(), "certificate-photograph");

    let mut other = certificate();
    other.photographs[0].bytes = b"%PDF-1.7".to_vec();
    let reason = ReadError::UnsupportedFormat { kind: Some("a PDF") };
    let caption = other.photographs[0].caption.clone();
    assert_eq!(print(&[other], CREATED), Err(CertificateError::Photograph { number: 1, caption, reason }));
}

#[test]
fn photographs_are_seen_on_the_page() {
    let grey = |pdf: &[u8]| {
        let page = rendered(pdf, 40).remove(0);
        // Halves of 100 are neither ink nor paper nor the shade of labels.
        page.pixels().filter(|pixel| (90..180).contains(&pixel.0[0])).count()
    };
    let without = grey(&printed(&bare()));
    let with = grey(&printed(&Certificate { photographs: certificate().photographs, ..bare() }));
    // Two photographs of 82 × 62 and 46 × 62 mm, most of them brown and grey, at 1.57 pixels a millimetre.
    assert!(with > without + 12_000, "{with} {without}");
}

#[test]
fn the_checkpoint_is_read_back_from_the_printed_page() {
    let on_last_page = |payload: &str| {
        let checkpoint = Some(Checkpoint { text: CHECKPOINT.to_owned(), payload: payload.to_owned() });
        let pdf = printed(&Certificate { checkpoint, ..bare() });
        codes_on(rendered(&pdf, 300).last().unwrap())
    };
    assert_eq!(on_last_page(CHECKPOINT), [CHECKPOINT]);
    let long = "uYCV7dXUp7smrqwUbJUSw7To1D3PyCq5kD5bQ+r+zag=\n".repeat(30);
    assert_eq!(on_last_page(&long), [long]);
}

#[test]
fn what_cannot_be_certified_is_refused_with_a_reason() {
    assert_eq!(print(&[], CREATED), Err(CertificateError::NoItems));
    assert_eq!(
        print(&[Certificate { items: Vec::new(), ..bare() }], CREATED),
        Err(CertificateError::NoItems)
    );
    let found = MAX_ITEMS + 1;
    let many = Certificate { items: vec![Item::default(); found], ..bare() };
    assert_eq!(print(&[many], CREATED), Err(CertificateError::TooManyItems { found }));
    let found = MAX_PHOTOGRAPHS + 1;
    let many = Certificate { photographs: vec![Photograph::default(); found], ..bare() };
    assert_eq!(print(&[many], CREATED), Err(CertificateError::TooManyPhotographs { found }));
    let payload = "x".repeat(3000);
    let long = Certificate { checkpoint: Some(Checkpoint { text: String::new(), payload }), ..bare() };
    let error = print(&[long], CREATED).unwrap_err();
    assert_eq!(error.code(), "certificate-checkpoint-too-long");
    for error in [error, CertificateError::NoItems, CertificateError::TooManyItems { found: 3 }] {
        assert!(error.code().starts_with("certificate-") && !error.to_string().is_empty());
    }
}
