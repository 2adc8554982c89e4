"""The tree, the strategies, and ask and tell: pure, no clock, no input or output."""
