//! Stories of people who come from an agency's own identity provider. What honest providers do is told with real ones;
//! what a provider could say with an invented one, and with somebody who stands before a real one and changes its words.

mod anew;
mod asker;
mod beginning;
mod closed;
mod door;
mod forged;
mod homes;
mod invented;
mod leaving;
mod lies;
mod linking;
mod machines;
