//! The program of [`sockeye_fuzz::frames`].
#![cfg_attr(fuzzing, no_main)]

sockeye_fuzz::program!(sockeye_fuzz::frames::run);
