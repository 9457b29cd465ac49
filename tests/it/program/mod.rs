//! Stories of the program itself, as an operator starts it: what it writes to its log, what it shows beside its API, and what
//! signals do.

mod logs;
mod signals;
