"""Music apart into its stems, by the networks of Demucs (A. Défossez, S. Rouard et al.), in fixed memory."""
