//! As `idle_memory`, with an allocator that gives back what nobody uses: nothing stays of a crowd that has gone.

#[path = "idle_memory.rs"]
mod idle_memory;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    idle_memory::run(idle_memory::Allocator::GivesBack);
}
