// SPDX-License-Identifier: Apache-2.0
#include "tests/probes/preload/unwind_oracle/other_unwinders.h"

#include <dlfcn.h>
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <unwind.h>

namespace seep::oracle {
namespace {

struct Libunwind {
  decltype(&unw_tdep_getcontext) get_context;
  decltype(&unw_init_local) init;
  decltype(&unw_step) step;
  decltype(&unw_get_reg) get_register;
  decltype(&unw_is_signal_frame) is_signal_frame;
};
Libunwind libunwind;

// False: enough.
bool Append(const probe::AddressRange& skip, uint64_t address, Stack* stack) {
  if (address == 0) return false;
  if (stack->count == 0 && address >= skip.start && address < skip.end) return true;
  stack->frames[stack->count++] = address;
  return stack->count < ledger::kMaxFrames;
}

struct Walk {
  const probe::AddressRange* skip;
  Stack* stack;
};
_Unwind_Reason_Code OnFrame(_Unwind_Context* context, void* argument) {
  const Walk& walk = *static_cast<Walk*>(argument);
  int is_interrupted = 0;
  const uint64_t address = _Unwind_GetIPInfo(context, &is_interrupted);
  if (address == 0) return _URC_END_OF_STACK;
  return Append(*walk.skip, address + (is_interrupted != 0 ? 1 : 0), walk.stack)
             ? _URC_NO_REASON
             : _URC_END_OF_STACK;
}

#define SEEP_STRING(name) #name
#define SEEP_SYMBOL(name) SEEP_STRING(name)

template <typename Function>
bool Find(void* library, const char* symbol, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, symbol));
  return function != nullptr;
}

}  // namespace

bool LoadLibunwind() {
  void* library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
  return library != nullptr &&
         Find(library, SEEP_SYMBOL(unw_tdep_getcontext), libunwind.get_context) &&
         Find(library, SEEP_SYMBOL(unw_init_local), libunwind.init) &&
         Find(library, SEEP_SYMBOL(unw_step), libunwind.step) &&
         Find(library, SEEP_SYMBOL(unw_get_reg), libunwind.get_register) &&
         Find(library, SEEP_SYMBOL(unw_is_signal_frame), libunwind.is_signal_frame);
}

[[gnu::noinline]] void CaptureByLibgcc(const probe::AddressRange& skip, Stack* stack) {
  Walk walk{&skip, stack};
  _Unwind_Backtrace(&OnFrame, &walk);
}

[[gnu::noinline]] void CaptureByLibunwind(const probe::AddressRange& skip, Stack* stack) {
  unw_context_t context;
  unw_cursor_t cursor;
  libunwind.get_context(&context);
  if (libunwind.init(&cursor, &context) != 0) return;
  bool is_interrupted = false;
  do {
    unw_word_t address = 0;
    libunwind.get_register(&cursor, UNW_REG_IP, &address);
    if (!Append(skip, address + (is_interrupted ? 1 : 0), stack)) return;
    is_interrupted = libunwind.is_signal_frame(&cursor) > 0;
  } while (libunwind.step(&cursor) > 0);
}

}  // namespace seep::oracle
