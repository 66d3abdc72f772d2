// SPDX-License-Identifier: Apache-2.0
// One source, several plugins: the same code at the same places, with frames of different sizes, or
// other objects with equal frames.
// SEEP_FRAME_BYTES is large in both, so that the instructions that make the frame are as long.
extern "C" [[gnu::visibility("default")]] int RunPlugin(void (*work)()) {
  char frame[SEEP_FRAME_BYTES];
  asm volatile("" : : "r"(frame) : "memory");
  work();
  asm volatile("" : : "r"(frame) : "memory");
  return SEEP_RESULT;
}
