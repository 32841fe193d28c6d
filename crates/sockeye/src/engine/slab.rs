//! `Slab`: things in numbered slots. A key outlives what it was given for, and then finds nothing.

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
    /// The first of the slots that are free.
    free: u32,
    taken: usize,
}

#[derive(Debug)]
struct Slot<T> {
    /// Counts its tenants.
    generation: u32,
    /// The next slot that is free, if this one is.
    next: u32,
    tenant: Option<T>,
}

/// The end of the list of those that are free.
const NONE: u32 = u32::MAX;

impl<T> Slab<T> {
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new(), free: NONE, taken: 0 }
    }

    pub(super) fn insert(&mut self, value: T) -> Key {
        self.taken += 1;
        let index = self.free;
        if let Some(slot) = self.slots.get_mut(position(index)) {
            self.free = slot.next;
            slot.tenant = Some(value);
            return Key { index, generation: slot.generation };
        }
        let index = u32::try_from(self.slots.len()).ok().filter(|index| *index < NONE);
        let index = index.expect("fewer slots than four billion");
        self.slots.push(Slot { generation: 0, next: NONE, tenant: Some(value) });
        Key { index, generation: 0 }
    }

    #[inline]
    pub(super) fn at(&mut self, key: Key) -> Option<&mut T> {
        let slot = self.slots.get_mut(position(key.index))?;
        if slot.generation == key.generation { slot.tenant.as_mut() } else { None }
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<T> {
        self.at(key)?;
        let slot = self.slots.get_mut(position(key.index))?;
        slot.generation = slot.generation.wrapping_add(1);
        slot.next = self.free;
        self.free = key.index;
        self.taken -= 1;
        slot.tenant.take()
    }

    /// All that there are, with their keys.
    pub(super) fn each(&mut self) -> impl Iterator<Item = (Key, &mut T)> {
        (0..).zip(&mut self.slots).filter_map(|(index, slot)| {
            let key = Key { index, generation: slot.generation };
            slot.tenant.as_mut().map(|tenant| (key, tenant))
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.taken == 0
    }
}

fn position(index: u32) -> usize {
    usize::try_from(index).expect("a pointer has 32 bits at least where there is epoll")
}
