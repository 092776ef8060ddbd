"""Computing where the data lies: what may be asked of data that nobody may see, and what an answer may say.

Pure functions and values. Statements are trees here and text at the engines; nothing in this package runs one.
Follows: TC609-6-2025-15, actions process, compute and jointDevelop (加工, 计算, 联合开发).
"""
