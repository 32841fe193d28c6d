//! The program of [`sockeye_fuzz::handshake`].
#![cfg_attr(fuzzing, no_main)]

sockeye_fuzz::program!(sockeye_fuzz::handshake::run);
