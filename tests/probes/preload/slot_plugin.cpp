// SPDX-License-Identifier: Apache-2.0
// Words that ld.so fills with the address of a function: one that it makes read-only afterwards
// (RELRO), alone on its pages, and some that stay writable.
#include <unistd.h>

using Function = int (*)();

extern "C" {
// Of a page and more: ld.so protects whole pages only.
[[gnu::visibility("default")]] extern Function const relro_slots[1024];
[[gnu::visibility("default")]] extern Function data_slots[4];
Function const relro_slots[1024] = {&getppid, &getppid};
Function data_slots[4] = {&getppid, &getppid, &getppid, &getppid};
}
