"""Effects with knobs, whoever made them: LV2 and VST3 plugins, and a set of our own in torch, behind one protocol."""
