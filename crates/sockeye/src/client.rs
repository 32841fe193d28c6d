//! The client's side.

mod connect;
mod error;

pub use self::{
    connect::{Connect, connect},
    error::ConnectError,
};
