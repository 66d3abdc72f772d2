// SPDX-License-Identifier: Apache-2.0
// An LD_AUDIT library: lives in a link namespace of its own, with a libc of its own, and allocates
// at every event, also while the loader holds its lock.
#include <link.h>

#include <cstdlib>

extern "C" {

unsigned int la_version(unsigned int version) {
  std::free(std::malloc(1000));
  return version;
}
unsigned int la_objopen(link_map*, Lmid_t, uintptr_t*) {
  std::free(std::malloc(1000));
  return LA_FLG_BINDTO | LA_FLG_BINDFROM;
}
uintptr_t la_symbind64(Elf64_Sym* symbol, unsigned int, uintptr_t*, uintptr_t*, unsigned int*,
                       const char*) {
  std::free(std::malloc(1000));
  return symbol->st_value;
}
unsigned int la_objclose(uintptr_t*) {
  std::free(std::malloc(1000));
  return 0;
}

}  // extern "C"
