//! A route: everything that the server, the contract and the coverage tests need to know of it, said once.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, ToSchema};

use crate::access::Officer;
use crate::answer::Answer;
use crate::error::{Error, Result, codes};
use crate::http::{App, Call, Events};
use crate::machine_scope::MachineScope;

/// An HTTP method that the contract uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes, or does.
    Post,
    /// Replaces.
    Put,
    /// Changes, by JSON merge patch.
    Patch,
    /// Ends.
    Delete,
}

/// Who may call a route at all; what they may do there is the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// A signed-in officer.
    SignedIn,
    /// An identity provider with a token of provisioning, which speaks SCIM.
    Provisioning,
}

type Giving<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

/// What performs a call.
#[derive(Clone)]
pub(super) enum Handler {
    /// Answers it once.
    Answers(Rc<dyn Fn(App, Call) -> Giving<Answer>>),
    /// Tells events for as long as the caller listens.
    Tells(Rc<dyn Fn(App, Call) -> Giving<Events>>),
}

/// A type's schema and the schemas it refers to.
#[derive(Clone)]
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) collect: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Shape {
    fn of<T: ToSchema>() -> Self {
        Self {
            name: T::name().into_owned(),
            collect: |schemas| {
                schemas.push((T::name().into_owned(), T::schema()));
                T::schemas(schemas);
            },
        }
    }
}

/// A route of the contract.
#[derive(Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says one thing of the contract, and they combine"
)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// The operation's id: the name of its handler.
    pub operation: &'static str,
    /// Who may call it at all.
    pub access: Access,
    /// What a machine account needs to call it; without one it is for people.
    pub scope: Option<MachineScope>,
    /// Whether a change must name the version that it changes.
    pub guarded: bool,
    /// Whether its answer may show a case, which then is a consultation.
    pub consults: bool,
    /// Whether it is open to a session that lacks a second factor which its user needs.
    pub before_second_factor: bool,
    without_key: bool,
    pub(super) summary: &'static str,
    pub(super) body: Option<Shape>,
    pub(super) body_optional: bool,
    /// Whether the body is a form, as others than our own clients send it.
    pub form: bool,
    pub(super) query: Vec<Parameter>,
    pub(super) status: u16,
    pub(super) answer: Option<Shape>,
    pub(super) other: Vec<u16>,
    pub(super) refusals: Vec<(u16, Shape)>,
    pub(super) handler: Handler,
}

impl fmt::Debug for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} {} ({})", self.method, self.path, self.operation)
    }
}

impl Route {
    /// A route for signed-in officers.
    pub fn new<F, R>(
        method: Method,
        path: &'static str,
        operation: &'static str,
        summary: &'static str,
        handler: F,
    ) -> Self
    where
        F: Fn(App, Call) -> R + 'static,
        R: Future<Output = Result<Answer>> + 'static,
    {
        Self {
            method,
            path,
            operation,
            access: Access::SignedIn,
            scope: None,
            guarded: false,
            consults: path.starts_with("/api/v1/cases/{"),
            before_second_factor: false,
            without_key: false,
            summary,
            body: None,
            body_optional: false,
            form: false,
            query: Vec::new(),
            status: 204,
            answer: None,
            other: Vec::new(),
            refusals: Vec::new(),
            handler: Handler::Answers(Rc::new(move |app, call| Box::pin(handler(app, call)))),
        }
    }

    /// A route for signed-in officers that tells events, each a `T`, for as long as the caller listens.
    pub fn events<T, F, R>(
        path: &'static str,
        operation: &'static str,
        summary: &'static str,
        handler: F,
    ) -> Self
    where
        T: ToSchema,
        F: Fn(App, Call) -> R + 'static,
        R: Future<Output = Result<Events>> + 'static,
    {
        let answers = |_, _| std::future::ready(Err(Error::internal("events are no answer")));
        let route = Self::new(Method::Get, path, operation, summary, answers);
        let handler = Handler::Tells(Rc::new(move |app, call| Box::pin(handler(app, call))));
        Self { handler, consults: true, ..route.gives::<T>(200).or(422).or(429) }
    }

    /// Whether it tells events for as long as the caller listens.
    #[must_use]
    pub fn tells_events(&self) -> bool {
        matches!(self.handler, Handler::Tells(_))
    }

    /// The same route, open to anybody.
    #[must_use]
    pub fn public(mut self) -> Self {
        self.access = Access::Public;
        self
    }

    /// The same route, for identity providers that bring accounts in, and for nobody else. It speaks SCIM.
    #[must_use]
    pub fn provisioning(mut self) -> Self {
        self.access = Access::Provisioning;
        self
    }

    /// Whether it speaks SCIM.
    #[must_use]
    pub fn speaks_scim(&self) -> bool {
        self.access == Access::Provisioning
    }

    /// The same route, open to machine accounts that have `scope`.
    #[must_use]
    pub fn scoped(mut self, scope: MachineScope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Whether `officer` may call it at all: everybody but a machine account that has not its scope.
    ///
    /// # Errors
    /// The scope is missing, or no machine may.
    pub fn admits(&self, officer: &Officer) -> Result<()> {
        let Some(machine) = officer.machine else { return Ok(()) };
        let words = match self.scope {
            Some(scope) if machine.scopes.has(scope) => return Ok(()),
            Some(scope) => format!("This needs the scope {scope}, and the token is not for it."),
            None => "This is for people: no scope opens it to a machine account.".to_owned(),
        };
        Err(Error::new(&codes::INSUFFICIENT_SCOPE, words))
    }

    /// The same route, with a body of type `T`.
    #[must_use]
    pub fn takes<T: ToSchema>(mut self) -> Self {
        self.body = Some(Shape::of::<T>());
        self
    }

    /// The same route, which sends a browser elsewhere.
    #[must_use]
    pub fn redirects(mut self) -> Self {
        self.status = 302;
        self
    }

    /// The same route, which gives nothing but that it is done, with that status.
    #[must_use]
    pub fn says(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same route, with a body of type `T` that may be missing.
    #[must_use]
    pub fn may_take<T: ToSchema>(mut self) -> Self {
        self.body_optional = true;
        self.takes::<T>()
    }

    /// The same route, with a form of type `T` (`application/x-www-form-urlencoded`) as its body.
    #[must_use]
    pub fn takes_form<T: ToSchema>(mut self) -> Self {
        self.form = true;
        self.takes::<T>()
    }

    /// The same route, which refuses with `status` and a `T` of its own in the place of a problem.
    #[must_use]
    pub fn refuses<T: ToSchema>(mut self, status: u16) -> Self {
        self.refusals.push((status, Shape::of::<T>()));
        self.or(status)
    }

    /// The same route, with query parameters.
    #[must_use]
    pub fn queried<T: IntoParams>(mut self) -> Self {
        self.query = T::into_params(|| Some(ParameterIn::Query));
        self
    }

    /// The same route, answering `status` with a `T`.
    #[must_use]
    pub fn gives<T: ToSchema>(mut self, status: u16) -> Self {
        self.status = status;
        self.answer = Some(Shape::of::<T>());
        self
    }

    /// The same route, answering 202: it does what it can, and does not say what came of it.
    #[must_use]
    pub fn accepted(mut self) -> Self {
        self.status = 202;
        self
    }

    /// The same route, which wants `If-Match`.
    #[must_use]
    pub fn guarded(mut self) -> Self {
        self.guarded = true;
        self
    }

    /// The same route, open also to a session that lacks a second factor which its user needs: it sets one up, or shows
    /// or ends the session itself.
    #[must_use]
    pub fn before_second_factor(mut self) -> Self {
        self.before_second_factor = true;
        self
    }

    /// The same route, where a repetition does no harm and no key is taken.
    #[must_use]
    pub fn without_key(mut self) -> Self {
        self.without_key = true;
        self
    }

    /// The same route, which may also answer `status`.
    #[must_use]
    pub fn or(mut self, status: u16) -> Self {
        self.other.push(status);
        self
    }

    /// Performs a call from inside the process.
    ///
    /// # Errors
    /// As the contract says; a defect for a route that tells events.
    pub async fn perform(&self, app: App, call: Call) -> Result<Answer> {
        match &self.handler {
            Handler::Answers(handler) => handler(app, call).await,
            Handler::Tells(_) => Err(Error::internal("nobody inside listens to events")),
        }
    }

    /// The names of the parameters in the path.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Whether the route takes an `Idempotency-Key`.
    #[must_use]
    pub fn takes_key(&self) -> bool {
        self.method == Method::Post
            && !self.without_key
            && self.access == Access::SignedIn
            && !self.path.starts_with("/api/v1/auth/")
    }

    /// Whether the route takes a body of JSON.
    #[must_use]
    pub fn takes_body(&self) -> bool {
        self.body.is_some() && !self.form
    }

    /// Whether the route takes a form.
    #[must_use]
    pub fn has_form(&self) -> bool {
        self.form
    }
}
