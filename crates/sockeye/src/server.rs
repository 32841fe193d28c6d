//! The server's side: doors that a request comes in by.

mod accept;
mod head;
mod options;

pub use self::{
    accept::{AcceptError, Opening, accept},
    options::ServerOptions,
};
