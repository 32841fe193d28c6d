//! `Slab`: things in numbered slots. A key outlives what it was given for, and then finds nothing.

use std::mem;

/// A slot, and which of its tenants is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    index: u32,
    generation: u32,
}

impl Key {
    /// As the kernel keeps it for us.
    pub(super) fn to_u64(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.index)
    }

    pub(super) fn from_u64(key: u64) -> Self {
        let [a, b, c, d, e, f, g, h] = key.to_be_bytes();
        Self {
            generation: u32::from_be_bytes([a, b, c, d]),
            index: u32::from_be_bytes([e, f, g, h]),
        }
    }
}

#[derive(Debug)]
pub(super) struct Slab<T> {
    slots: Vec<Slot<T>>,
    /// The first of the slots that are free; each knows the next one.
    free: Option<u32>,
    taken: usize,
}

#[derive(Debug)]
struct Slot<T> {
    /// Counts its tenants.
    generation: u32,
    tenant: Tenant<T>,
}

#[derive(Debug)]
enum Tenant<T> {
    None { next: Option<u32> },
    Some(T),
}

impl<T> Slab<T> {
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new(), free: None, taken: 0 }
    }

    pub(super) fn insert(&mut self, value: T) -> Key {
        self.taken += 1;
        if let Some(index) = self.free
            && let Some(slot) = self.slots.get_mut(position(index))
        {
            let Tenant::None { next } = mem::replace(&mut slot.tenant, Tenant::Some(value)) else {
                unreachable!("the list of the free leads to the free")
            };
            self.free = next;
            return Key { index, generation: slot.generation };
        }
        let index = u32::try_from(self.slots.len()).expect("fewer slots than four billion");
        self.slots.push(Slot { generation: 0, tenant: Tenant::Some(value) });
        Key { index, generation: 0 }
    }

    pub(super) fn at(&mut self, key: Key) -> Option<&mut T> {
        let slot = self.slots.get_mut(position(key.index))?;
        match &mut slot.tenant {
            Tenant::Some(value) if slot.generation == key.generation => Some(value),
            _ => None,
        }
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<T> {
        self.at(key)?;
        let next = self.free;
        let slot = self.slots.get_mut(position(key.index))?;
        slot.generation = slot.generation.wrapping_add(1);
        let Tenant::Some(value) = mem::replace(&mut slot.tenant, Tenant::None { next }) else {
            return None;
        };
        self.free = Some(key.index);
        self.taken -= 1;
        Some(value)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.taken == 0
    }
}

fn position(index: u32) -> usize {
    usize::try_from(index).expect("a pointer has 32 bits at least where there is epoll")
}
