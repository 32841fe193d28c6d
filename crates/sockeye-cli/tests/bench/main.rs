//! `sockeye bench` as a process, at servers that count for themselves.

mod support;

mod arguments;
mod endings;
mod fanout;
mod idle;
mod messages;
mod open_loop;
mod processor_time;
mod secure;
mod throughput;
mod visits;
