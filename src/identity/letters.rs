//! What is mailed to somebody about the own account: in which words, and what it opens.
//!
//! Such a letter is written in the transaction of what it is about, and sent with all others. What it opens stands sealed,
//! bound to the letter, until it is sent or let go; it goes into the link behind a `#`, which no server is told.

use secrecy::{ExposeSecret as _, SecretString};

use diesel::prelude::*;

use crate::clock::Instant;
use crate::credentials::secrets::OpaqueSecret;
use crate::db::schema::{letters, users};
use crate::db::{Run, Tx};
use crate::error::Result;
use crate::identity::auth::store::Account;
use crate::identity::model::Locale;
use crate::ids::LetterId;
use crate::text_enum;

text_enum! {
    /// What a letter is about.
    pub enum Notice {
        /// An account was made: set the first password.
        Invitation = "invitation",
        /// Confirm another address.
        AddressChange = "address_change",
        /// The address was changed; it goes to the former one.
        AddressChanged = "address_changed",
        /// Set a new password.
        PasswordReset = "password_reset",
        /// The password was changed.
        PasswordChanged = "password_changed",
        /// The account was linked to an identity provider, or parted from it.
        LinkChanged = "link_changed",
        /// Somebody from outside made an admin's account for the agency.
        AdminRecovery = "admin_recovery",
    }
}

impl Notice {
    /// The page that the letter leads to, below the server's address.
    fn page(self) -> &'static str {
        match self {
            Self::Invitation => "/accept-invitation",
            Self::PasswordReset => "/reset-password",
            Self::AddressChange => "/confirm-address",
            Self::AddressChanged
            | Self::PasswordChanged
            | Self::LinkChanged
            | Self::AdminRecovery => "",
        }
    }

    /// Whether the letter is worth nothing without what it opens.
    #[must_use]
    pub fn opens_something(self) -> bool {
        matches!(self, Self::Invitation | Self::PasswordReset | Self::AddressChange)
    }
}

/// Writes a letter to the user of `account`; with what it opens, and until when it does. None goes to an address that
/// reaches nobody.
///
/// # Errors
/// When the database fails, or there are no keys.
pub fn write(
    tx: &mut Tx<'_>,
    account: &Account,
    notice: Notice,
    opens: Option<(&OpaqueSecret, Instant)>,
) -> Result<()> {
    if !account.email.reaches_somebody() {
        return Ok(());
    }
    let now = tx.now();
    let id = LetterId::new(now);
    let language: Locale = users::table.find(account.id).select(users::locale).one(tx)?;
    let sealed = opens
        .map(|(secret, _)| tx.marks().seal(id.uuid().as_bytes(), secret.expose()))
        .transpose()?;
    let seal_key = sealed.as_ref().map(|_| tx.marks().newest_number()).transpose()?;
    diesel::insert_into(letters::table)
        .values((
            letters::id.eq(id),
            letters::level.eq(0),
            letters::address.eq(&account.email),
            letters::language.eq(language),
            letters::tries.eq(0),
            letters::next_try_at.eq(Some(now)),
            letters::notice.eq(Some(notice)),
            letters::sealed.eq(sealed),
            letters::seal_key.eq(seal_key),
            letters::expires_at.eq(opens.map(|(_, expires_at)| expires_at)),
        ))
        .run(tx)?;
    Ok(())
}

/// What a letter says: its subject and its text, with the link to follow.
#[must_use]
pub fn words(
    notice: Notice,
    language: &str,
    public_url: &str,
    opens: Option<&SecretString>,
) -> (&'static str, String) {
    let token = opens.map(|token| format!("#token={}", token.expose_secret()));
    let link = format!("{public_url}{}{}", notice.page(), token.unwrap_or_default());
    let (subject, before, after) = match language.split('-').next().unwrap_or_default() {
        "ru" => in_russian(notice),
        "ky" => in_kyrgyz(notice),
        _ => in_english(notice),
    };
    let after = if after.is_empty() { String::new() } else { format!("\n{after}\n") };
    (subject, format!("{before}\n\n{link}\n{after}"))
}

type Words = (&'static str, &'static str, &'static str);

fn in_english(notice: Notice) -> Words {
    match notice {
        Notice::Invitation => (
            "Passage: set your password",
            "An account was made for you in Passage. Set your password here:",
            "",
        ),
        Notice::AddressChange => (
            "Passage: confirm your address",
            "Your account in Passage is to have this address. Confirm it here within an hour:",
            "If you did not ask for that, do nothing: nothing changes.",
        ),
        Notice::AddressChanged => (
            "Passage: your address was changed",
            "Your account in Passage has another address now; nothing more is sent to this one:",
            "If it was not you, tell your agency's administrator at once.",
        ),
        Notice::PasswordReset => (
            "Passage: set a new password",
            "A new password was asked for, for your account in Passage. Set it here within an hour:",
            "If it was not you who asked, do nothing: your password stays as it is.",
        ),
        Notice::PasswordChanged => (
            "Passage: your password was changed",
            "The password of your account in Passage was changed, and other sessions were ended:",
            "If it was not you, tell your agency's administrator at once.",
        ),
        Notice::LinkChanged => (
            "Passage: how your account is opened has changed",
            "Your account in Passage was linked to your agency's identity provider, or parted from it. Look at it here:",
            "If it was not you, tell your agency's administrator at once.",
        ),
        Notice::AdminRecovery => (
            "Passage: a new administrator for your agency",
            "The operator has made an administrator's account for your agency in Passage; it waits for your confirmation, \
             or, where nobody can give it, takes effect after a day. Look at your agency's accounts:",
            "If your agency did not ask for it, do not confirm it, and have the account ended.",
        ),
    }
}

fn in_russian(notice: Notice) -> Words {
    match notice {
        Notice::Invitation => (
            "Passage: задайте пароль",
            "В Passage для вас создана учётная запись. Задайте пароль здесь:",
            "",
        ),
        Notice::AddressChange => (
            "Passage: подтвердите адрес",
            "Этот адрес указан как новый для вашей учётной записи в Passage. Подтвердите его здесь в течение часа:",
            "Если об этом просили не вы, ничего не делайте: ничего не изменится.",
        ),
        Notice::AddressChanged => (
            "Passage: ваш адрес изменён",
            "У вашей учётной записи в Passage теперь другой адрес; на этот адрес больше ничего не отправляется:",
            "Если это были не вы, сразу сообщите администратору вашего ведомства.",
        ),
        Notice::PasswordReset => (
            "Passage: задайте новый пароль",
            "Для вашей учётной записи в Passage запрошен новый пароль. Задайте его здесь в течение часа:",
            "Если запрашивали не вы, ничего не делайте: пароль останется прежним.",
        ),
        Notice::PasswordChanged => (
            "Passage: ваш пароль изменён",
            "Пароль вашей учётной записи в Passage изменён, остальные сеансы завершены:",
            "Если это были не вы, сразу сообщите администратору вашего ведомства.",
        ),
        Notice::LinkChanged => (
            "Passage: способ входа изменён",
            "Ваша учётная запись в Passage связана со службой входа вашего ведомства, или эта связь удалена. Посмотрите \
             здесь:",
            "Если это были не вы, сразу сообщите администратору вашего ведомства.",
        ),
        Notice::AdminRecovery => (
            "Passage: новый администратор вашего ведомства",
            "Оператор создал в Passage учётную запись администратора вашего ведомства. Она ждёт вашего подтверждения, а \
             если подтвердить некому, вступает в силу через сутки. Посмотрите учётные записи вашего ведомства:",
            "Если ведомство об этом не просило, не подтверждайте её и добейтесь её закрытия.",
        ),
    }
}

fn in_kyrgyz(notice: Notice) -> Words {
    match notice {
        Notice::Invitation => (
            "Passage: сырсөзүңүздү коюңуз",
            "Passage системасында сиз үчүн эсеп ачылды. Сырсөзүңүздү бул жерден коюңуз:",
            "",
        ),
        Notice::AddressChange => (
            "Passage: дарегиңизди ырастаңыз",
            "Бул дарек Passage системасындагы эсебиңиздин жаңы дареги катары көрсөтүлдү. Аны бир сааттын ичинде бул жерден \
             ырастаңыз:",
            "Эгер сураган сиз болбосоңуз, эч нерсе кылбаңыз: эч нерсе өзгөрбөйт.",
        ),
        Notice::AddressChanged => (
            "Passage: дарегиңиз өзгөрдү",
            "Passage системасындагы эсебиңиздин дареги эми башка; бул дарекке мындан ары эч нерсе жөнөтүлбөйт:",
            "Эгер бул сиз болбосоңуз, мекемеңиздин администраторуна дароо билдириңиз.",
        ),
        Notice::PasswordReset => (
            "Passage: жаңы сырсөз коюңуз",
            "Passage системасындагы эсебиңизге жаңы сырсөз суралды. Аны бир сааттын ичинде бул жерден коюңуз:",
            "Эгер сураган сиз болбосоңуз, эч нерсе кылбаңыз: сырсөзүңүз мурдагыдай калат.",
        ),
        Notice::PasswordChanged => (
            "Passage: сырсөзүңүз өзгөртүлдү",
            "Passage системасындагы эсебиңиздин сырсөзү өзгөртүлдү, башка сеанстар аяктады:",
            "Эгер бул сиз болбосоңуз, мекемеңиздин администраторуна дароо билдириңиз.",
        ),
        Notice::LinkChanged => (
            "Passage: кирүү жолуңуз өзгөрдү",
            "Passage системасындагы эсебиңиз мекемеңиздин кирүү кызматына байланыштырылды же андан ажыратылды. Бул жерден \
             караңыз:",
            "Эгер бул сиз болбосоңуз, мекемеңиздин администраторуна дароо билдириңиз.",
        ),
        Notice::AdminRecovery => (
            "Passage: мекемеңиздин жаңы администратору",
            "Оператор Passage системасында мекемеңиз үчүн администратордун эсебин ачты. Ал сиздин ырастооңузду күтөт, \
             ырастай турган киши жок болсо, бир суткадан кийин күчүнө кирет. Мекемеңиздин эсептерин караңыз:",
            "Эгер мекеме муну сурабаса, ырастабаңыз жана эсепти жаптырыңыз.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_enum::TextEnum;

    #[test]
    fn what_a_letter_opens_stands_behind_the_hash_and_nowhere_else() {
        let token = SecretString::from("psp_secret".to_owned());
        for notice in Notice::ALL.iter().filter(|notice| notice.opens_something()) {
            for language in ["en", "ru-KG", "ky", "fr", ""] {
                let (subject, text) = words(*notice, language, "https://example.org", Some(&token));
                assert!(subject.starts_with("Passage: ") && !subject.contains("psp_"));
                let link = format!("https://example.org{}#token=psp_secret\n", notice.page());
                assert_eq!(
                    (text.matches("psp_").count(), text.contains(&link)),
                    (1, true),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn every_language_has_words_of_its_own() {
        for notice in Notice::ALL {
            let said = ["en", "ru", "ky"].map(|language| words(*notice, language, "", None).1);
            assert!(said[0] != said[1] && said[1] != said[2] && said[0] != said[2], "{said:?}");
        }
    }
}
