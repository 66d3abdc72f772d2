// SPDX-License-Identifier: Apache-2.0
// The only file that sees libiberty's headers, which define macros for half of libc.
#include "agent/symbols/demangle.h"

#include <csetjmp>

#define HAVE_DECL_BASENAME 1  // else libiberty.h declares its own
#include <libiberty/demangle.h>

namespace seep::symbols {
namespace {

struct Output {
  std::string text;
  std::jmp_buf too_long;
};

// libiberty gives its callback no way to stop it. The frames a jump leaves behind are C, with their
// memory on the stack (but for a punycode buffer of Rust, lost when a name is cut within it).
void Append(const char* text, size_t length, void* opaque) {
  auto* output = static_cast<Output*>(opaque);
  const size_t room = kMaxDemangledLength - output->text.size();
  output->text.append(text, length < room ? length : room);
  if (length >= room) std::longjmp(output->too_long, 1);
}

bool DemangleInto(const char* name, Output* output) {
  if (setjmp(output->too_long) != 0) return true;
  constexpr int kOptions = DMGL_PARAMS | DMGL_ANSI;
  if (rust_demangle_callback(name, kOptions, Append, output) != 0) return true;
  output->text.clear();
  // Without a limit of its own: that one gives up on names of 1024 characters. Ours is above.
  return cplus_demangle_v3_callback(name, kOptions | DMGL_NO_RECURSE_LIMIT, Append, output) != 0;
}

bool IsCloneSuffix(std::string_view word) {
  for (std::string_view known : {"cold", "constprop", "isra", "part", "lto_priv", "llvm"}) {
    if (word == known) return true;
  }
  return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

// "f.part.0.cold" -> "f". A name that begins with a dot is kept: nothing would remain.
std::string_view WithoutSuffixes(std::string_view name) {
  const size_t version = name.find('@', 1);
  name = name.substr(0, version);
  for (;;) {
    const size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || !IsCloneSuffix(name.substr(dot + 1))) {
      return name;
    }
    name = name.substr(0, dot);
  }
}

}  // namespace

std::string Demangle(std::string_view linker_name) {
  const std::string name(WithoutSuffixes(linker_name.substr(0, kMaxDemangledLength)));
  if (linker_name.size() > kMaxMangledLength) return name;
  if (!name.starts_with("_Z") && !name.starts_with("_R") && !name.starts_with("__Z")) return name;
  Output output;
  if (!DemangleInto(name.c_str(), &output) || output.text.empty()) return name;
  return std::move(output.text);
}

}  // namespace seep::symbols
