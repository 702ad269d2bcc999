//! Names for what is shown: people, places, items, texts.
//!
//! What is shown is made by plain functions that ask a [`Book`] for names. [`App::with_names`] runs such a
//! function twice: first with an empty book that notes what was asked for, then, after one look-up of just
//! that, with the names filled in. So no function has to say beforehand which names it needs, and none
//! can forget one.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use hokan_domain::{
    ids::{DivisionId, ItemId, NoteId, PersonId, PlaceId},
    place::Home,
    profile::{Profile, RoleId},
    text::{Lang, Names, TextRef},
};

use super::App;
use crate::store::StoreError;

/// Names by id.
#[derive(Debug, Default)]
pub struct Book {
    lang: Lang,
    people: HashMap<PersonId, String>,
    homes: HashMap<Home, String>,
    items: HashMap<ItemId, NoteId>,
    texts: HashMap<NoteId, String>,
    divisions: HashMap<DivisionId, String>,
    /// The regulation in force, which names the roles.
    profile: Option<Arc<Profile>>,
    wanted: RefCell<Wanted>,
}

#[derive(Debug, Default)]
struct Wanted {
    people: BTreeSet<PersonId>,
    homes: bool,
    items: BTreeSet<ItemId>,
    texts: BTreeSet<NoteId>,
    divisions: bool,
}

impl Book {
    /// The name of a division.
    #[must_use]
    pub fn division(&self, id: DivisionId) -> String {
        self.wanted.borrow_mut().divisions = true;
        self.divisions.get(&id).cloned().unwrap_or_else(|| self.unknown())
    }

    /// What people call a role.
    #[must_use]
    pub fn role(&self, role: &RoleId) -> String {
        self.profile.as_ref().map_or_else(|| role.0.clone(), |profile| profile.role_name(role, self.lang))
    }

    /// A text, or a word that says that it was erased.
    #[must_use]
    pub fn text(&self, text: TextRef) -> String {
        self.note(text.id)
    }

    fn note(&self, id: NoteId) -> String {
        self.wanted.borrow_mut().texts.insert(id);
        self.texts.get(&id).cloned().unwrap_or_else(|| self.lang.pick("（消去済み）", "(erased)").to_owned())
    }

    fn unknown(&self) -> String {
        self.lang.pick("（不明）", "(unknown)").to_owned()
    }
}

impl Names for Book {
    fn person(&self, id: PersonId) -> String {
        self.wanted.borrow_mut().people.insert(id);
        self.people.get(&id).cloned().unwrap_or_else(|| self.unknown())
    }

    fn place(&self, id: PlaceId) -> String {
        self.home(Home::Place(id))
    }

    fn item(&self, id: ItemId) -> String {
        self.wanted.borrow_mut().items.insert(id);
        self.items.get(&id).map_or_else(|| self.unknown(), |title| self.note(*title))
    }

    fn home(&self, home: Home) -> String {
        self.wanted.borrow_mut().homes = true;
        self.homes.get(&home).cloned().unwrap_or_else(|| self.unknown())
    }
}

impl App {
    /// Makes something that shows names.
    pub(crate) async fn with_names<T>(&self, lang: Lang, make: impl Fn(&Book) -> T) -> Result<T, StoreError> {
        let wanted = {
            let empty = Book { lang, ..Book::default() };
            make(&empty);
            empty.wanted.into_inner()
        };
        let store = self.store();
        let mut book = Book { lang, profile: Some(self.profile()), ..Book::default() };
        if !wanted.people.is_empty() {
            book.people = store.person_names(wanted.people).await?;
        }
        if wanted.homes {
            book.homes = store.home_names().await?;
        }
        if wanted.divisions {
            let divisions = store.divisions().await?;
            book.divisions = divisions.into_iter().map(|division| (division.id, division.name)).collect();
        }
        let mut texts = wanted.texts;
        for id in wanted.items {
            if let Some(item) = store.item(id).await? {
                book.items.insert(id, item.title.id);
                texts.insert(item.title.id);
            }
        }
        if !texts.is_empty() {
            book.texts = store.texts(texts).await?;
        }
        Ok(make(&book))
    }
}
