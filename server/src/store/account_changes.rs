//! What changes about how somebody signs in: into the trail, and by mail to that person, in the transaction of the
//! change. Whoever did not do it himself is to hear of it (OWASP ASVS 5.0, 6.3.5 and 6.3.7).

use hokan_domain::{ids::PersonId, text::Lang};

use super::{StoreError, WriteTx};

/// Something about how a person signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountChange {
    /// The person chose another password.
    PasswordChanged,
    /// A one-time secret took the place of the password.
    PasswordReset,
    /// An authenticator app was set up.
    SecondFactorAdded,
    /// A second factor was taken away.
    SecondFactorRemoved,
    /// A passkey was registered.
    PasskeyAdded,
    /// A recovery code was used up.
    RecoveryCodeUsed,
    /// Recovery codes were made anew.
    RecoveryCodesRenewed,
    /// The identity provider's word opens this account from now on.
    ProviderLinked,
    /// It does not any more.
    ProviderUnlinked,
    /// A phone was paired.
    PhonePaired,
    /// A machine acts for this person from now on.
    TokenAdded,
    /// The person may not act any more.
    Suspended,
    /// The person may act again.
    Restored,
    /// Many attempts to sign in under this name failed. The trail has each of them.
    AttemptsFailed,
}

/// What stands before the word in the topic of a mail.
const TOPIC: &str = "account/";

impl AccountChange {
    /// Every one.
    pub const ALL: [Self; 14] = [
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::SecondFactorAdded,
        Self::SecondFactorRemoved,
        Self::PasskeyAdded,
        Self::RecoveryCodeUsed,
        Self::RecoveryCodesRenewed,
        Self::ProviderLinked,
        Self::ProviderUnlinked,
        Self::PhonePaired,
        Self::TokenAdded,
        Self::Suspended,
        Self::Restored,
        Self::AttemptsFailed,
    ];

    /// The word in the trail.
    #[must_use]
    pub fn act(self) -> &'static str {
        match self {
            Self::PasswordChanged => "password-changed",
            Self::PasswordReset => "password-reset",
            Self::SecondFactorAdded => "second-factor-added",
            Self::SecondFactorRemoved => "second-factor-removed",
            Self::PasskeyAdded => "passkey-added",
            Self::RecoveryCodeUsed => "recovery-code-used",
            Self::RecoveryCodesRenewed => "recovery-codes-renewed",
            Self::ProviderLinked => "provider-linked",
            Self::ProviderUnlinked => "provider-unlinked",
            Self::PhonePaired => "phone-paired",
            Self::TokenAdded => "token-added",
            Self::Suspended => "person-suspended",
            Self::Restored => "person-restored",
            Self::AttemptsFailed => "sign-in-attempts",
        }
    }

    /// What the person reads.
    #[must_use]
    pub fn sentence(self, lang: Lang) -> &'static str {
        match self {
            Self::PasswordChanged => lang.pick("パスワードが変更されました。", "The password was changed."),
            Self::PasswordReset => lang.pick(
                "管理者がパスワードを初期化し、一度だけ使える仮パスワードを発行しました。",
                "An administrator reset the password and issued a one-time secret.",
            ),
            Self::SecondFactorAdded => {
                lang.pick("認証アプリが登録されました。", "An authenticator app was set up.")
            }
            Self::SecondFactorRemoved => lang.pick(
                "認証アプリ、回復コード又はパスキーが削除されました。",
                "An authenticator app, recovery codes or a passkey were removed.",
            ),
            Self::PasskeyAdded => lang.pick("パスキーが登録されました。", "A passkey was registered."),
            Self::RecoveryCodeUsed => lang.pick("回復コードが1つ使われました。", "A recovery code was used."),
            Self::RecoveryCodesRenewed => lang.pick(
                "回復コードが作り直されました。以前のものは使えません。",
                "Recovery codes were made anew; the old ones are void.",
            ),
            Self::ProviderLinked => lang.pick(
                "団体の認証基盤のアカウントと結び付けられました。",
                "The account was linked to one at the body's identity provider.",
            ),
            Self::ProviderUnlinked => lang.pick(
                "団体の認証基盤のアカウントとの結び付きが解かれました。",
                "The link to the account at the body's identity provider was removed.",
            ),
            Self::PhonePaired => lang.pick("スマートフォンが登録されました。", "A phone was paired."),
            Self::TokenAdded => lang.pick(
                "あなたを責任者とする機器用のトークンが発行されました。",
                "A machine's token was issued for which you answer.",
            ),
            Self::Suspended => lang.pick("利用が停止されました。", "The account was suspended."),
            Self::Restored => lang.pick("利用が再開されました。", "The account was restored."),
            Self::AttemptsFailed => lang.pick(
                "あなたの利用者名でのサインインが何度も失敗しています。",
                "Many attempts to sign in under your name failed.",
            ),
        }
    }

    /// The topic of the mail about it.
    #[must_use]
    pub fn topic(self) -> String {
        format!("{TOPIC}{}", self.act())
    }

    /// What a mail with this topic is about.
    #[must_use]
    pub fn from_topic(topic: &str) -> Option<Self> {
        let act = topic.strip_prefix(TOPIC)?;
        Self::ALL.into_iter().find(|change| change.act() == act)
    }
}

impl WriteTx {
    /// Puts a change into the trail and tells the person whom it concerns. `by` is none on the shell.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn account_changed(
        &mut self,
        by: Option<PersonId>,
        change: AccountChange,
        person: PersonId,
        detail: impl ToString + Send,
    ) -> Result<(), StoreError> {
        self.audit(by, change.act(), person, detail).await?;
        self.tell_of_account(person, change).await
    }

    /// Queues the mail that tells a person of a change that is in the trail under another subject.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn tell_of_account(
        &mut self,
        person: PersonId,
        change: AccountChange,
    ) -> Result<(), StoreError> {
        let known = self.person(person).await?;
        if known.is_none_or(|account| account.email.is_none()) {
            return Ok(());
        }
        self.queue_mail(person, &change.topic()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_has_a_topic_of_its_own() {
        for change in AccountChange::ALL {
            assert_eq!(AccountChange::from_topic(&change.topic()), Some(change));
        }
        assert_eq!(AccountChange::from_topic("digest"), None);
        assert_eq!(AccountChange::from_topic("account/"), None);
    }
}
