//! The program of [`sockeye_fuzz::head`].
#![cfg_attr(fuzzing, no_main)]

sockeye_fuzz::program!(sockeye_fuzz::head::run);
