//! Loops on x86-64, where AVX2 may be there: which processor runs us is known only at run time.

/// Runs `work`, compiled for AVX2 where the processor has it.
#[inline]
pub(super) fn run(work: impl FnOnce()) {
    if is_x86_feature_detected!("avx2") {
        #[expect(
            unsafe_code,
            reason = "only so can a loop be compiled for more than every x86-64 has"
        )]
        // SAFETY: `run_avx2` is safe code that asks nothing of its caller but a processor with AVX2, and the line above
        // has asked this processor for it.
        unsafe {
            run_avx2(work);
        }
    } else {
        work();
    }
}

#[target_feature(enable = "avx2")]
fn run_avx2(work: impl FnOnce()) {
    work();
}
