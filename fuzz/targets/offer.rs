//! The program of [`sockeye_fuzz::offer`].
#![cfg_attr(fuzzing, no_main)]

sockeye_fuzz::program!(sockeye_fuzz::offer::run);
