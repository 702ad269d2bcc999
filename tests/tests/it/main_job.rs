//! The main job on real input: a sheet is printed, photographed, read through the phone's interface; an
//! item is registered and handed over; the ledger proves that nothing was altered.

use hokan_mobile_api::wire::Resolution;
use hokan_tests::{
    database::TestDatabase,
    on_both_databases,
    phone::{Phone, scan},
    photo::{Shot, render_pdf},
    town::ShellTown,
};
use serde_json::json;

on_both_databases! {
    /// From label to hand-over to proof.
    async fn a_printed_label_leads_to_an_accepted_hand_over_and_a_whole_ledger(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let (codes, pdf) = town.print_labels("a4-24", 24, 1);
        assert_eq!(codes.len(), 24);
        let [aoi, beni] = [0, 1].map(|person| {
            let (login, password) = town.people[person].clone();
            let server = &town.server;
            async move { Phone::sign_in(server, &login, &password).await }
        });
        let (aoi, beni) = (aoi.await, beni.await);

        // The printed sheet, photographed from above and a little askew by an ordinary phone.
        let page = render_pdf(&pdf, 300).expect("pdftoppm renders the sheet").remove(0);
        let shot = Shot {
            width: 3024,
            height: 4032,
            fill: 1.25,
            turn: 2.0,
            tilt: 4.0,
            blur: 0.6,
            noise: 3.0,
            shade: 0.2,
            quality: 80,
            ..Shot::default()
        };
        let answer = aoi.photo(shot.jpeg(&page).expect("a photograph")).await;
        let mut read: Vec<String> =
            answer.codes.iter().filter_map(|code| code.code.as_ref()).map(ToString::to_string).collect();
        read.sort();
        let mut printed = codes.clone();
        printed.sort();
        assert_eq!(read, printed, "24 of 24 on one photograph of the sheet");
        assert!(
            answer.codes.iter().all(|code| matches!(code.resolution, Some(Resolution::Blank { .. }))),
            "all are on nothing yet"
        );

        // One label is peeled off and stuck on a stick.
        let code = &codes[7];
        let item = aoi.register(code, "usb-memory", "住基ネット 受渡し用USB").await.item;
        let id = item.id.to_string();
        assert_eq!(item.custody.person.as_ref().map(|person| person.name.as_str()), Some("葵"));

        // Photographed close by: the sheet around the label, cut out of the page.
        let label = image::imageops::crop_imm(&page, 800, 1500, 900, 600).to_image();
        let near = Shot { width: 1600, height: 1200, turn: 9.0, tilt: 14.0, blur: 0.8, quality: 75, ..Shot::default() };
        let close = beni.photo(near.jpeg(&label).expect("a photograph")).await;
        let found = close.codes.iter().any(|seen| seen.code.as_ref().map(ToString::to_string).as_ref() == Some(code));
        let elsewhere = codes.iter().any(|known| {
            close.codes.iter().any(|seen| seen.code.as_ref().map(ToString::to_string).as_ref() == Some(known))
        });
        assert!(found || elsewhere, "a label was read out of the near photograph");

        let to = beni.me().await.person.id.to_string();
        let offered = aoi.act(&id, json!({ "act": "offer", "to": to, "scan": scan(code) })).await;
        assert_eq!(offered.item.custody.person.as_ref().map(|person| person.name.as_str()), Some("葵"),
            "an offer moves nothing");
        let waiting = beni.me().await.offered_to_me;
        assert_eq!(waiting.len(), 1);
        let hand_over = waiting[0].hand_over.to_string();

        let accepted = beni
            .act(&id, json!({ "act": "accept", "hand_over": hand_over, "scan": scan(code) }))
            .await;
        assert_eq!(accepted.item.custody.person.as_ref().map(|person| person.name.as_str()), Some("紅"));
        assert_eq!(beni.item(&id).await.discrepancies, vec![]);

        // Proof, from outside the server that is still running.
        let verdict = town.shell(&["ledger", "verify"]);
        assert!(verdict.contains("OK  the ledger is whole and unaltered"), "{verdict}");
        let verdict = town.shell(&["ledger", "rebuild", "--check"]);
        assert!(verdict.contains("OK  the rows agree with the ledger"), "{verdict}");
        let bundle = town.file("bundle.jsonl").display().to_string();
        town.shell(&["ledger", "export", "--with-texts", "--out", &bundle]);
        let verdict = hokan_tests::server::run_hokan(["ledger", "verify", "--bundle", &bundle]);
        assert!(verdict.contains("OK  the ledger is whole and unaltered"), "{verdict}");

        // What the server logged of all this names nobody and opens nothing.
        let log = town.server.log();
        assert!(log.contains("listening"), "{log}");
        let secrets = town.people.iter().map(|(_, password)| password.as_str());
        for secret in secrets.chain([aoi.token(), beni.token(), "葵", "紅", "受渡し用", code]) {
            assert!(!log.contains(secret), "the log holds {secret}");
        }
    }
}
