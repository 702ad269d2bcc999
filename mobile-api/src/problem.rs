//! Problem documents (RFC 9457): everything that can go wrong, each with a stable code, a title and a
//! sentence that says what to do, in Japanese and in English.
//!
//! [`ProblemCode`] is the closed list of what this interface and its server can say; beside it stand the
//! refusals of the rules, whose codes are [`hokan_domain::refusal::Reason::code`]. `PROBLEMS.md` lists both
//! and is made from the code.

use std::{
    borrow::Cow,
    fmt,
    ops::{Deref, DerefMut},
};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hokan_domain::{
    personal_number::TextProblem,
    refusal::Refusal,
    text::{Lang, Names},
};
use hokan_labels::LabelCodeError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::wire::{ItemCard, MissingView};

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What stands before the code in a problem's `type`.
pub const TYPE_PREFIX: &str = "urn:hokan:problem:";

macro_rules! problem_codes {
    ($(
        #[doc = $doc:literal]
        $name:ident = $code:literal, $status:ident,
            [$title_ja:literal, $title_en:literal],
            [$sentence_ja:literal, $sentence_en:literal];
    )*) => {
        /// The kinds of problem that are not refusals of a rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemCode {
            $(#[doc = $doc] $name,)*
        }

        impl ProblemCode {
            /// Every kind, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable code, also the last part of a problem's `type`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The status that it is answered with.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// A few words for the kind of problem.
            #[must_use]
            pub fn title(self, lang: Lang) -> &'static str {
                match self { $(Self::$name => lang.pick($title_ja, $title_en),)* }
            }

            /// What is wrong and what to do, where nothing more precise is known.
            #[must_use]
            pub fn sentence(self, lang: Lang) -> &'static str {
                match self { $(Self::$name => lang.pick($sentence_ja, $sentence_en),)* }
            }

            /// The line of the documentation.
            #[must_use]
            pub fn documentation(self) -> &'static str {
                match self { $(Self::$name => $doc.trim_ascii(),)* }
            }
        }
    };
}

problem_codes! {
    /// The body is not JSON. `detail` names the line and column.
    MalformedJson = "malformed-json", BAD_REQUEST,
        ["JSONとして読めません", "Not JSON"],
        ["送信された内容をJSONとして読めません。アプリを最新にして、もう一度送信してください。",
         "What was sent cannot be read as JSON. Update the app and send it again."];
    /// A field of the body is missing, unknown, given twice or not what it must be. `field` says which.
    BadRequestBody = "bad-request-body", UNPROCESSABLE_ENTITY,
        ["入力内容に誤りがあります", "Something in the request is wrong"],
        ["入力内容に誤りがあります。直してから、もう一度送信してください。",
         "Something in the request is wrong. Correct it and send it again."];
    /// The connection broke before the whole body had arrived.
    BodyIncomplete = "body-incomplete", BAD_REQUEST,
        ["送信が途中で切れました", "The request was cut off"],
        ["送信が途中で切れました。電波の届く場所で、もう一度送信してください。",
         "The request was cut off. Send it again where there is signal."];
    /// The body is larger than this address takes. `detail` names the limit.
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE,
        ["送信内容が大きすぎます", "Too much was sent"],
        ["送信内容が大きすぎます。小さくしてから、もう一度送信してください。",
         "Too much was sent at once. Make it smaller and send it again."];
    /// The `Content-Type` is none that this address takes.
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE,
        ["この形式は受け付けていません", "This type of content is not accepted"],
        ["この形式は受け付けていません。JSONはapplication/json、写真は画像として送信してください。",
         "This type of content is not accepted. Send JSON as application/json and photographs as images."];
    /// A label code has too few or too many characters.
    LabelCodeLength = "label-code-length", BAD_REQUEST,
        ["ラベルの文字数が違います", "The label code has the wrong length"],
        ["ラベルのコードは12文字です。もう一度確かめて入力してください。",
         "A label code has 12 characters. Check it and type it again."];
    /// A label code has a character that no label bears.
    LabelCodeCharacter = "label-code-character", BAD_REQUEST,
        ["ラベルに使われない文字です", "A character that no label bears"],
        ["ラベルのコードに使われない文字があります。もう一度確かめて入力してください。",
         "The label code has a character that no label bears. Check it and type it again."];
    /// A label code is mistyped or damaged: its check characters do not fit the rest.
    LabelCheckFailed = "label-check-failed", BAD_REQUEST,
        ["ラベルの検査文字が合いません", "The label code is mistyped or damaged"],
        ["ラベルのコードに誤りがあります。もう一度読み取るか、12文字を一文字ずつ確かめて入力してください。",
         "The label code is wrong somewhere. Scan it again, or check the 12 characters one by one."];
    /// The label code is well formed, but this body never printed it.
    UnknownLabel = "unknown-label", NOT_FOUND,
        ["登録のないラベルです", "Unknown label"],
        ["このラベルは登録されていません。ほかの団体のラベルでないか確かめ、管理者に知らせてください。",
         "This label is not in the register. Check whose it is, and tell an administrator."];
    /// A QR code that is not a label of this product.
    ForeignCode = "foreign-code", UNPROCESSABLE_ENTITY,
        ["Hokanのラベルではありません", "Not a Hokan label"],
        ["これはHokanのラベルではありません。媒体に貼られたHokanのラベルを写してください。",
         "This is not a Hokan label. Take a picture of the Hokan label on the item."];
    /// Nothing is at this address, or what it names is not in the register.
    NotFound = "not-found", NOT_FOUND,
        ["見つかりません", "Not found"],
        ["指定されたものは見つかりません。ラベルを読み取り直してください。",
         "There is nothing at this address. Scan the label again."];
    /// The address exists, but not for this method. `Allow` lists the methods.
    MethodNotAllowed = "http-method-not-allowed", METHOD_NOT_ALLOWED,
        ["この操作方法は使えません", "Method not allowed"],
        ["このアドレスではこの操作方法を使えません。アプリを最新にしてください。",
         "This address does not take this method. Update the app."];
    /// No session, or one that has ended.
    Unauthenticated = "unauthenticated", UNAUTHORIZED,
        ["サインインが必要です", "Sign in first"],
        ["サインインしていないか、有効期限が切れました。サインインしてください。",
         "You are not signed in, or the session has ended. Sign in."];
    /// Sign-in name or password is wrong; which of the two is not said.
    WrongCredentials = "wrong-credentials", UNAUTHORIZED,
        ["サインインできません", "Cannot sign in"],
        ["利用者名かパスワードが違います。確かめて入力し直してください。",
         "The name or the password is wrong. Check both and try again."];
    /// A passkey does not prove whoever sent it.
    PasskeyRefused = "passkey-refused", UNAUTHORIZED,
        ["パスキーで確認できません", "The passkey does not prove you"],
        ["このパスキーでは本人と確認できませんでした。もう一度試すか、ほかの方法でサインインしてください。",
         "This passkey does not prove who you are. Try again, or sign in in another way."];
    /// The session may do nothing but change the password.
    PasswordChangeNeeded = "password-change-needed", FORBIDDEN,
        ["パスワードの変更が必要です", "The password must be changed"],
        ["続けるには、まず自分のパスワードに変更してください。",
         "Change the password to one of your own first."];
    /// The session may do nothing but set up or show a second factor.
    SecondFactorEnrolmentNeeded = "second-factor-enrolment-needed", FORBIDDEN,
        ["2要素認証が必要です", "A second factor is needed"],
        ["あなたの役割には2要素認証が必要です。パスキーまたは認証アプリを登録し、確認してください。",
         "Your part needs a second factor. Set up a passkey or an authenticator app, and show it."];
    /// The act needs a second factor that was shown within the last five minutes.
    SecondFactorNeeded = "second-factor-needed", FORBIDDEN,
        ["もう一度本人確認が必要です", "Prove again who you are"],
        ["この操作には、5分以内の本人確認が必要です。パスキーまたは認証アプリのコードで確認してから、もう一度操作してください。",
         "This needs a second factor shown within five minutes. Show a passkey or a code, then do it again."];
    /// The code is wrong, was used before, or its time is over.
    WrongCode = "wrong-code", FORBIDDEN,
        ["コードが違います", "The code is wrong"],
        ["コードが違うか、すでに使われています。認証アプリに表示されている新しいコードを入力してください。",
         "The code is wrong or was used before. Type the code that the authenticator app shows now."];
    /// The second step of signing in took too long, or too many codes were wrong.
    SignInStepOver = "sign-in-step-over", GONE,
        ["もう一度サインインしてください", "Sign in from the beginning"],
        ["時間が過ぎたか、コードの誤りが続きました。利用者名とパスワードからやり直してください。",
         "It took too long, or too many codes were wrong. Begin again with name and password."];
    /// The password may not be chosen. `detail` says why, `source` which rule asks for another.
    PasswordRefused = "password-refused", UNPROCESSABLE_ENTITY,
        ["このパスワードは使えません", "This password cannot be used"],
        ["このパスワードは使えません。別のパスワードにしてください。",
         "This password cannot be used. Choose another one."];
    /// A request with a session cookie that the product's own pages did not send.
    CrossSiteRequest = "cross-site-request", FORBIDDEN,
        ["ほかのサイトからの要求です", "Request from another site"],
        ["Hokanの画面以外からの要求は受け付けません。Hokanの画面を開いて操作してください。",
         "Requests from outside Hokan's own pages are not accepted. Open Hokan and do it there."];
    /// The person is signed in but may not see or do this.
    Forbidden = "forbidden", FORBIDDEN,
        ["権限がありません", "Not permitted"],
        ["この操作の権限がありません。必要な場合は管理者に依頼してください。",
         "You may not do this. Ask an administrator if you need to."];
    /// A machine's token is not for this: it lacks the scope, or only people may do it.
    TokenScope = "token-scope", FORBIDDEN,
        ["このトークンではできません", "Not with this token"],
        ["機器用のトークンに、この操作の範囲が含まれていません。管理者に依頼するか、本人がサインインして操作してください。",
         "The machine's token is not for this. Ask an administrator, or sign in and do it in person."];
    /// The offer to pair a phone was used, or its five minutes are over.
    PairingOver = "pairing-over", GONE,
        ["端末登録の期限が切れました", "The offer to pair is over"],
        ["このQRコードは使用済みか、期限が切れています。パソコンの画面で新しいQRコードを表示してください。",
         "This QR code was used, or its time is over. Show a new one on the desk page."];
    /// Whoever signed in at the identity provider is nobody whom the register knows, or may not sign in.
    ProviderPersonUnknown = "provider-person-unknown", FORBIDDEN,
        ["Hokanに登録がありません", "Not known here"],
        ["認証基盤での確認はできましたが、Hokanでの利用登録がないか、停止されています。管理者に依頼してください。",
         "You are known there, but not here, or you are suspended. Ask an administrator to let you in."];
    /// Signing in at the identity provider did not come to its end, or its answer cannot be believed.
    ProviderSignInFailed = "provider-sign-in-failed", UNAUTHORIZED,
        ["認証基盤でサインインできませんでした", "Signing in there did not work"],
        ["認証基盤でのサインインが完了しませんでした。サインイン画面からやり直してください。",
         "Signing in at the identity provider did not come to its end. Begin again on the sign-in page."];
    /// The identity provider does not answer.
    ProviderUnreachable = "provider-unreachable", BAD_GATEWAY,
        ["認証基盤につながりません", "The identity provider does not answer"],
        ["認証基盤から応答がありません。しばらく待つか、パスワードでサインインしてください。",
         "The identity provider does not answer. Wait a while, or sign in with your password."];
    /// The photograph has no bytes.
    PhotoEmpty = "photo-empty", UNPROCESSABLE_ENTITY,
        ["写真が空です", "The photograph is empty"],
        ["写真が届いていません。撮り直して送信してください。",
         "No photograph arrived. Take it again and send it."];
    /// The photograph is HEIC/HEIF.
    PhotoHeic = "photo-heic", UNSUPPORTED_MEDIA_TYPE,
        ["HEIC形式の写真です", "A HEIC photograph"],
        ["HEIC形式は読めません。カメラの設定で「互換性優先」(JPEG)を選んで撮り直してください。",
         "HEIC cannot be read. Choose “Most Compatible” (JPEG) in the camera's settings and take it again."];
    /// The photograph is in no format that can be read (JPEG, PNG, WebP).
    PhotoUnsupported = "photo-unsupported", UNSUPPORTED_MEDIA_TYPE,
        ["読めない画像形式です", "An unsupported image format"],
        ["この画像形式は読めません。JPEG、PNG、WebPのいずれかで送信してください。",
         "This image format cannot be read. Send JPEG, PNG or WebP."];
    /// The photograph ends before it is complete.
    PhotoTruncated = "photo-truncated", UNPROCESSABLE_ENTITY,
        ["写真が途中で切れています", "The photograph is cut off"],
        ["写真が途中で切れています。もう一度送信するか、撮り直してください。",
         "The photograph is cut off. Send it again or take it again."];
    /// The photograph is damaged inside.
    PhotoDamaged = "photo-damaged", UNPROCESSABLE_ENTITY,
        ["写真が壊れています", "The photograph is damaged"],
        ["写真が壊れていて読めません。撮り直してください。",
         "The photograph is damaged and cannot be read. Take it again."];
    /// The photograph is stored in a way that takes unreasonably long to decode.
    PhotoTooComplex = "photo-too-complex", UNPROCESSABLE_ENTITY,
        ["写真の保存形式が複雑すぎます", "The photograph is stored in too complex a way"],
        ["写真の保存形式が複雑すぎて読めません。普通のJPEGで撮り直してください。",
         "The photograph is stored in too complex a way to be read. Take it again as a plain JPEG."];
    /// The photograph has more pixels than are read.
    PhotoTooManyPixels = "photo-too-many-pixels", PAYLOAD_TOO_LARGE,
        ["写真の画素数が多すぎます", "The photograph has too many pixels"],
        ["写真の画素数が多すぎます。カメラの解像度を下げて撮り直してください。",
         "The photograph has too many pixels. Take it again at a lower resolution."];
    /// The photograph took longer to read than is allowed.
    PhotoTimeBudget = "photo-time-budget", UNPROCESSABLE_ENTITY,
        ["写真の読取りに時間がかかりすぎました", "The photograph took too long to read"],
        ["写真から時間内にラベルを読み取れませんでした。ラベルに近づいて撮り直すか、12文字を入力してください。",
         "No label could be read in time. Come closer and take it again, or type the 12 characters."];
    /// The file has no bytes.
    FileEmpty = "file-empty", UNPROCESSABLE_ENTITY,
        ["ファイルが空です", "The file is empty"],
        ["ファイルが届いていません。もう一度送信してください。",
         "No file arrived. Send it again."];
    /// The file is, by its bytes, neither a picture (JPEG, PNG, WebP) nor a PDF.
    FileUnsupported = "file-unsupported", UNSUPPORTED_MEDIA_TYPE,
        ["受け付けていない形式のファイルです", "An unsupported kind of file"],
        ["この形式のファイルは受け付けていません。JPEG、PNG、WebPの写真か、PDFを送信してください。",
         "This kind of file is not accepted. Send a JPEG, PNG or WebP picture, or a PDF."];
    /// The event id was used before for something else.
    EventIdReused = "event-id-reused", CONFLICT,
        ["同じ番号がほかの操作に使われています", "The event id was used before"],
        ["この操作の番号は、すでに別の操作に使われています。画面を開き直して、もう一度操作してください。",
         "The id of this act was already used for another one. Reload and do it again."];
    /// A text holds what looks like a personal number. The text is not repeated.
    PersonalNumberInText = "personal-number-in-text", UNPROCESSABLE_ENTITY,
        ["個人番号らしい数字があります", "A personal number in a text"],
        ["個人番号または住民票コードとみられる数字が含まれています。数字を消してから送信してください。",
         "The text holds what reads as a personal number or resident record code. Take it out."];
    /// A text that must say something is empty.
    TextEmpty = "text-empty", UNPROCESSABLE_ENTITY,
        ["入力がありません", "A text is empty"],
        ["入力がありません。文字を入力してください。", "This must not be empty. Type something."];
    /// A text is longer than its field allows.
    TextTooLong = "text-too-long", UNPROCESSABLE_ENTITY,
        ["文字数が多すぎます", "A text is too long"],
        ["文字数が多すぎます。短くしてください。", "This is too long. Shorten it."];
    /// A text holds a control character.
    TextControlCharacter = "text-control-character", UNPROCESSABLE_ENTITY,
        ["使えない文字があります", "A control character in a text"],
        ["目に見えない制御文字が含まれています。入力し直してください。",
         "The text contains an invisible control character. Type it again."];
    /// The request names a person, place or other thing that is not in the register. `field` says which.
    UnknownReference = "unknown-reference", UNPROCESSABLE_ENTITY,
        ["指定されたものが見つかりません", "Something that was named is not in the register"],
        ["指定された人や場所などが登録にありません。一覧を更新して選び直してください。",
         "Something that was named is not in the register. Reload the list and choose again."];
    /// More observations in one batch than are taken.
    BatchTooLarge = "batch-too-large", PAYLOAD_TOO_LARGE,
        ["一度に送れる件数を超えています", "Too many observations at once"],
        ["一度に送れるのは500件までです。分けて送信してください。",
         "At most 500 observations can be sent at once. Send them in parts."];
    /// Too many failed attempts to sign in. `Retry-After` says how long to wait.
    TooManyAttempts = "too-many-attempts", TOO_MANY_REQUESTS,
        ["試行回数が多すぎます", "Too many attempts"],
        ["サインインの失敗が続いたため、しばらく受け付けません。時間をおいてからやり直してください。",
         "Signing in failed too often. Wait a while and try again."];
    /// The server has too much to do. `Retry-After` says how long to wait.
    Busy = "busy", SERVICE_UNAVAILABLE,
        ["混み合っています", "Busy"],
        ["ただいま混み合っています。少し待ってから、もう一度お試しください。",
         "The server is busy. Wait a moment and try again."];
    /// A fault in the server. `incident` is what to tell the administrator.
    Internal = "internal", INTERNAL_SERVER_ERROR,
        ["サーバーで問題が起きました", "Something went wrong in the server"],
        ["サーバーで問題が起きました。もう一度お試しになり、続く場合は管理者に知らせてください。",
         "Something went wrong in the server. Try again, and tell an administrator if it goes on."];
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A problem document as it is sent (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemDocument {
    /// `urn:hokan:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:hokan:problem:not-current-holder")]
    pub kind: String,
    /// A few words for the kind of problem.
    pub title: String,
    /// The HTTP status.
    #[schema(example = 409)]
    pub status: u16,
    /// What is wrong and what to do, for the person to read.
    pub detail: String,
    /// The stable code, for programs.
    #[schema(value_type = String, example = "not-current-holder")]
    pub code: Cow<'static, str>,
    /// The clause or rule that a refusal follows from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What is still missing before the act can be done, where that is what a refusal says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingView>,
    /// The field of the request that is wrong, as a path: `contents[0].records`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The item as it is now, where an act on it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<Box<ItemCard>>,
    /// What to tell the administrator, so that the fault can be found in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// How many seconds to wait before trying again; also sent as `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// Something went wrong, with everything that a person needs to read about it.
///
/// Its fields are those of [`ProblemDocument`]; pages read them through the dereference. It is one pointer
/// wide, so that a `Result` with it stays small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Box<ProblemDocument>);

impl Problem {
    /// A problem with the sentence that fits its code.
    #[must_use]
    pub fn new(code: ProblemCode, lang: Lang) -> Self {
        Self::from_parts(code.status(), code.code(), code.title(lang), code.sentence(lang).to_owned())
    }

    fn from_parts(status: StatusCode, code: &'static str, title: &str, detail: String) -> Self {
        Self(Box::new(ProblemDocument {
            kind: format!("{TYPE_PREFIX}{code}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail,
            code: Cow::Borrowed(code),
            source: None,
            missing: Vec::new(),
            field: None,
            item: None,
            incident: None,
            retry_after: None,
        }))
    }

    /// What the rules refuse: 403 where it is about who asks, 409 where it is about the state of things.
    #[must_use]
    pub fn refused(refusal: &Refusal, lang: Lang, names: &dyn Names) -> Self {
        let authority = refusal.reason.is_about_authority();
        let status = if authority { StatusCode::FORBIDDEN } else { StatusCode::CONFLICT };
        let title = if authority {
            lang.pick("あなたにはできない操作です", "You cannot do this")
        } else {
            lang.pick("いまはできない操作です", "This cannot be done now")
        };
        let sentence = refusal.reason.sentence(lang, names);
        let mut problem = Self::from_parts(status, refusal.reason.code(), title, sentence);
        problem.source = Some(refusal.source.cite(lang));
        problem.missing = MissingView::all(&refusal.reason, lang);
        problem
    }

    /// A fault in the server. The cause is logged here, once, under an incident id; the person is shown the
    /// id and nothing of the cause.
    #[must_use]
    pub fn internal(lang: Lang, cause: &dyn fmt::Display) -> Self {
        let incident = format!("flt_{}", Uuid::new_v4().simple());
        tracing::error!(incident, cause = %cause, "a request failed");
        let mut problem = Self::new(ProblemCode::Internal, lang);
        let told = lang.pick(
            format!("サーバーで問題が起きました。もう一度お試しになり、続く場合は番号 {incident} を管理者に知らせてください。"),
            format!(
                "Something went wrong in the server. Try again; if it goes on, tell an administrator the \
                 number {incident}."
            ),
        );
        problem.detail = told;
        problem.incident = Some(incident);
        problem
    }

    /// A label code that is none.
    #[must_use]
    pub fn label_code(error: &LabelCodeError, lang: Lang) -> Self {
        match error {
            LabelCodeError::WrongLength { found } => Self::new(ProblemCode::LabelCodeLength, lang)
                .with_detail(lang.pick(
                format!(
                    "ラベルのコードは12文字ですが、{found}文字あります。もう一度確かめて入力してください。"
                ),
                format!("A label code has 12 characters, but this has {found}. Check it and type it again."),
            )),
            LabelCodeError::BadCharacter { position, .. } => Self::new(ProblemCode::LabelCodeCharacter, lang)
                .with_detail(lang.pick(
                    format!(
                        "{position}文字目はラベルに使われない文字です。もう一度確かめて入力してください。"
                    ),
                    format!(
                        "Character number {position} is one that no label bears. Check it and type it again."
                    ),
                )),
            LabelCodeError::CheckFailed => Self::new(ProblemCode::LabelCheckFailed, lang),
        }
    }

    /// A text that cannot be kept. What it says is not repeated.
    #[must_use]
    pub fn text(error: &TextProblem, lang: Lang) -> Self {
        let code = match error {
            TextProblem::Empty => ProblemCode::TextEmpty,
            TextProblem::TooLong { .. } => ProblemCode::TextTooLong,
            TextProblem::ControlCharacter => ProblemCode::TextControlCharacter,
            TextProblem::PersonalNumber(_) => ProblemCode::PersonalNumberInText,
        };
        let problem = Self::new(code, lang);
        match error {
            TextProblem::TooLong { max, found } => problem.with_detail(lang.pick(
                format!("{max}文字以内で入力してください(いまは{found}文字あります)。"),
                format!("At most {max} characters are allowed, but this has {found}. Shorten it."),
            )),
            TextProblem::PersonalNumber(finding) => {
                problem.with_detail(lang.pick(finding.ja(), sentence_case(&finding.to_string())))
            }
            TextProblem::Empty | TextProblem::ControlCharacter => problem,
        }
    }

    /// Names the field of the request that is wrong.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Says more precisely what is wrong and what to do.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Shows the item as it is now, so that the phone need not ask again.
    #[must_use]
    pub fn with_item(mut self, item: ItemCard) -> Self {
        self.item = Some(Box::new(item));
        self
    }

    /// Says how many seconds to wait before trying again.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Whether it is of this kind.
    #[must_use]
    pub fn is(&self, code: ProblemCode) -> bool {
        self.code == code.code()
    }

    /// The status that it is answered with.
    #[must_use]
    pub fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The document by itself, for an answer that holds several.
    #[must_use]
    pub fn into_document(self) -> ProblemDocument {
        *self.0
    }
}

/// An error's text as a sentence: errors begin small, sentences do not.
fn sentence_case(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

impl Deref for Problem {
    type Target = ProblemDocument;
    fn deref(&self) -> &ProblemDocument {
        &self.0
    }
}

impl DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut ProblemDocument {
        &mut self.0
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status_code();
        let retry_after = self.retry_after;
        // Only strings, numbers and the card stand in a problem document, and they can all be written; an
        // empty body with the right status is still an answer.
        let body = serde_json::to_vec(&*self.0).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110, 11.6.1 asks for a challenge with every 401.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"hokan\""));
        }
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
