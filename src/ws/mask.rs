//! Masking of client frames, eight bytes at a step.
#![forbid(unsafe_code)]

/// A mask with the position reached in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mask {
    key: u32,
}

impl Mask {
    pub fn new(key: [u8; 4]) -> Mask {
        Mask { key: u32::from_ne_bytes(key) }
    }

    /// The key for the next byte, repeated.
    fn wide(self) -> u64 {
        u64::from(self.key) << 32 | u64::from(self.key)
    }

    fn advance(&mut self, by: usize) {
        let mut key = self.key.to_ne_bytes();
        key.rotate_left(by % 4);
        self.key = u32::from_ne_bytes(key);
    }

    /// Masks or unmasks in place; calls in a row continue each other.
    pub fn apply(&mut self, data: &mut [u8]) {
        let wide = self.wide();
        let (words, tail) = data.as_chunks_mut::<8>();
        for word in words {
            *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
        }
        for (byte, key) in tail.iter_mut().zip(wide.to_ne_bytes()) {
            *byte ^= key;
        }
        self.advance(data.len());
    }

    /// Appends `data`, masked, to `out`.
    pub fn append(&mut self, data: &[u8], out: &mut Vec<u8>) {
        let from = out.len();
        out.extend_from_slice(data);
        self.apply(&mut out[from..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_definition_however_it_is_cut() {
        let key = [0x12, 0x34, 0x56, 0x78];
        let plain: Vec<u8> = (0..100u8).collect();
        let expected: Vec<u8> = plain.iter().enumerate().map(|(i, b)| b ^ key[i % 4]).collect();
        for cut in 0..=plain.len() {
            let mut mask = Mask::new(key);
            let mut data = plain.clone();
            let (a, b) = data.split_at_mut(cut);
            mask.apply(a);
            mask.apply(b);
            assert_eq!(data, expected, "cut at {cut}");
            let mut out = vec![1, 2, 3];
            let mut mask = Mask::new(key);
            mask.append(&plain[..cut], &mut out);
            mask.append(&plain[cut..], &mut out);
            assert_eq!(out[3..], expected);
        }
    }
}
