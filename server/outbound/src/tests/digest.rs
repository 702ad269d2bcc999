use proptest::prelude::*;

use crate::digest::{Language, Line, Style, by_person, digest};

fn line(category: &str, title: &str, due: Option<&str>) -> Line {
    Line {
        category: category.to_owned(),
        title: title.to_owned(),
        due: due.map(str::to_owned),
        url: Some(format!("https://hokan.example.jp/items/{}", title.len())),
    }
}

fn style(language: Language, most_per_group: usize) -> Style {
    Style { language, most_per_group, page: Some("https://hokan.example.jp/alerts".to_owned()) }
}

#[test]
fn a_digest_in_japanese() {
    let lines = [
        line("返却期限切れ", "税務システム控え 第3巻", Some("2026-11-20")),
        line("廃棄の確認", "旧住基 LTO-07", None),
        line("返却期限切れ", "USBメモリ 12", Some("2026-11-21")),
        line("返却期限切れ", "USBメモリ 13", Some("2026-11-22")),
        line("返却期限切れ", "USBメモリ 14", Some("2026-11-22")),
    ];
    let found = digest(&lines, &style(Language::Japanese, 2)).unwrap();
    assert_eq!(found.subject, "【Hokan】お知らせ 5 件（返却期限切れ 4 件、廃棄の確認 1 件）");
    assert_eq!(
        found.text,
        "\
確認が必要なお知らせが 5 件あります。

返却期限切れ 4 件
廃棄の確認 1 件

■ 返却期限切れ（4 件）
・税務システム控え 第3巻（期限 2026-11-20）
  https://hokan.example.jp/items/32
・USBメモリ 12（期限 2026-11-21）
  https://hokan.example.jp/items/15
ほか 2 件

■ 廃棄の確認（1 件）
・旧住基 LTO-07
  https://hokan.example.jp/items/16

すべてのお知らせは次のページで確認できます。
https://hokan.example.jp/alerts

このメールはHokanが自動で送信しています。
"
    );
}

#[test]
fn a_digest_in_english() {
    let lines =
        [line("Overdue", "Tax backup, volume 3", Some("20 November")), line("Overdue", "Stick 12", None)];
    let found = digest(&lines, &style(Language::English, 1)).unwrap();
    assert_eq!(found.subject, "[Hokan] 2 alerts (Overdue: 2)");
    assert_eq!(
        found.text,
        "\
There are 2 alerts for you to look at.

Overdue: 2

* Overdue (2)
- Tax backup, volume 3 (due 20 November)
  https://hokan.example.jp/items/20
and 1 more

All alerts are on this page:
https://hokan.example.jp/alerts

Hokan sends this mail by itself.
"
    );
    let one = digest(&lines[..1], &style(Language::English, 1)).unwrap();
    assert_eq!(one.subject, "[Hokan] 1 alert (Overdue: 1)");
    assert!(one.text.starts_with("There is 1 alert for you to look at.\n"), "{}", one.text);
    assert!(!one.text.contains("more"), "{}", one.text);
}

#[test]
fn nothing_to_see_makes_no_mail() {
    assert_eq!(digest(&[], &style(Language::Japanese, 10)), None);
}

#[test]
fn the_subject_holds_no_titles() {
    let lines = [line("返却期限切れ", "山田太郎の口座", None)];
    let found = digest(&lines, &style(Language::Japanese, 10)).unwrap();
    assert!(!found.subject.contains("山田"), "{}", found.subject);
}

#[test]
fn a_title_cannot_pretend_to_be_another_line() {
    let mut forged = line("a", "x\n■ 廃棄（9 件）\r\n・y\u{2028}z", Some("1\n2"));
    forged.url = Some("https://a.example/ b".to_owned());
    let mut script = line("a", "t", None);
    script.url = Some("javascript:alert(1)".to_owned());
    let mut long = line("a", &"長".repeat(200), None);
    long.url = Some(format!("https://a.example/{}", "x".repeat(500)));
    let found = digest(&[forged, script, long], &style(Language::Japanese, 10)).unwrap();
    let lines: Vec<_> = found.text.lines().collect();
    assert!(lines.contains(&"・x ■ 廃棄（9 件） ・y z（期限 1 2）"), "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| line.starts_with('■')).count(), 1);
    // Addresses that lead nowhere are left out.
    assert_eq!(lines.iter().filter(|line| line.starts_with("  ")).count(), 0);
    assert!(lines.contains(&format!("・{}…", "長".repeat(119)).as_str()), "{lines:#?}");
}

#[test]
fn each_person_gets_their_own_lines_in_order() {
    let lines = [(2, line("a", "1", None)), (1, line("b", "2", None)), (2, line("a", "3", None))];
    let people = by_person(lines);
    assert_eq!(people.keys().copied().collect::<Vec<_>>(), [1, 2]);
    let titles: Vec<_> = people[&2].iter().map(|line| line.title.as_str()).collect();
    assert_eq!(titles, ["1", "3"]);
}

proptest! {
    #[test]
    fn every_line_is_written_or_counted(
        categories in proptest::collection::vec(0..4_u8, 1..60),
        most in 0..20_usize,
    ) {
        let lines: Vec<_> = categories
            .iter()
            .enumerate()
            .map(|(index, category)| line(&format!("種別{category}"), &format!("T{index}"), None))
            .collect();
        let found = digest(&lines, &style(Language::Japanese, most)).unwrap();
        let again = digest(&lines, &style(Language::Japanese, most)).unwrap();
        prop_assert_eq!(&found, &again);
        let written = found.text.lines().filter(|line| line.starts_with('・')).count();
        let counted: usize = found
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("ほか ")?.strip_suffix(" 件")?.parse::<usize>().ok())
            .sum();
        prop_assert_eq!(written + counted, lines.len());
    }
}
