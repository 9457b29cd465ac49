//! Messages.

use crate::cases::messages::api as messages;
use crate::http::Method::{Get, Post};
use crate::http::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/messages",
            "list_messages",
            "Lists the messages that one's agency sent or was sent.",
            messages::list_messages,
        )
        .queried::<messages::MessageParams>()
        .gives::<messages::MessageList>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/messages",
            "create_message",
            "Sends a message to other agencies of the case, or passes one on.",
            messages::create_message,
        )
        .takes::<messages::MessageInput>()
        .gives::<messages::MessageView>(201),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/messages/{message_id}",
            "get_message",
            "One message.",
            messages::get_message,
        )
        .gives::<messages::MessageView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/messages/{message_id}/acknowledge",
            "acknowledge_message",
            "Acknowledges a message for one's own agency.",
            messages::acknowledge_message,
        )
        .gives::<messages::MessageView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/messages/{message_id}/consent",
            "create_consent",
            "Consents that a message of one's own agency is passed on, although it bears H2.",
            messages::create_consent,
        )
        .takes::<messages::ConsentInput>()
        .gives::<messages::MessageView>(200),
    ]
}
