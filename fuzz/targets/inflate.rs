//! The program of [`sockeye_fuzz::inflate`].
#![cfg_attr(fuzzing, no_main)]

sockeye_fuzz::program!(sockeye_fuzz::inflate::run);
