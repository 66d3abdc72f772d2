// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/loaded_objects.h"

#include <link.h>

#include <algorithm>

#include "probes/proc/files.h"

namespace seep::attach {
namespace {

using model::Errc;
using model::Fail;

constexpr size_t kMaxObjects = 16 * 1024;
constexpr size_t kMaxDynamicBytes = 512 * sizeof(Elf64_Dyn);
constexpr size_t kMaxSegments = 64;

struct ProgramHeaders {
  uint64_t bias = 0;
  std::vector<Elf64_Phdr> headers;

  const Elf64_Phdr* Find(uint32_t type) const {
    for (const Elf64_Phdr& header : headers) {
      if (header.p_type == type) return &header;
    }
    return nullptr;
  }
};

// Of the main program, by the auxiliary vector that the kernel gave it.
std::optional<ProgramHeaders> ReadMainProgram(const Memory& memory) {
  const auto text = proc::ReadFile("/proc/" + std::to_string(memory.pid()) + "/auxv");
  if (!text) return std::nullopt;
  uint64_t address = 0;
  uint64_t count = 0;
  for (size_t at = 0; at + sizeof(Elf64_auxv_t) <= text->size(); at += sizeof(Elf64_auxv_t)) {
    Elf64_auxv_t entry;
    text->copy(reinterpret_cast<char*>(&entry), sizeof(entry), at);
    if (entry.a_type == AT_PHDR) address = entry.a_un.a_val;
    if (entry.a_type == AT_PHNUM) count = entry.a_un.a_val;
  }
  if (count > kMaxSegments) return std::nullopt;
  ProgramHeaders program{0, memory.ReadMany<Elf64_Phdr>(address, count)};
  if (program.headers.empty()) return std::nullopt;
  const Elf64_Phdr* self = program.Find(PT_PHDR);
  program.bias = self != nullptr ? address - self->p_vaddr : 0;
  return program;
}

// Of a library: its first segment begins with the ELF header.
std::optional<ProgramHeaders> ReadLibrary(const Memory& memory, uint64_t bias) {
  const auto header = memory.Read<Elf64_Ehdr>(bias);
  if (!header ||
      std::string_view(reinterpret_cast<const char*>(header->e_ident), SELFMAG) != ELFMAG ||
      header->e_phnum > kMaxSegments || header->e_phentsize != sizeof(Elf64_Phdr)) {
    return std::nullopt;
  }
  return ProgramHeaders{bias, memory.ReadMany<Elf64_Phdr>(bias + header->e_phoff, header->e_phnum)};
}

void TakeSegments(const ProgramHeaders& program, LoadedObject* object) {
  object->start = ~uint64_t{0};
  for (const Elf64_Phdr& segment : program.headers) {
    const uint64_t start = program.bias + segment.p_vaddr;
    if (segment.p_type == PT_LOAD) {
      object->start = std::min(object->start, start);
      object->end = std::max(object->end, start + segment.p_memsz);
    } else if (segment.p_type == PT_GNU_EH_FRAME) {
      object->unwind_table = start;
      object->unwind_table_bytes = segment.p_memsz;
    }
  }
}

std::vector<Elf64_Dyn> ReadDynamic(const Memory& memory, uint64_t address, uint64_t bytes) {
  return memory.ReadMany<Elf64_Dyn>(address, std::min(bytes, kMaxDynamicBytes) / sizeof(Elf64_Dyn));
}

void TakeDynamic(const Memory& memory, const ProgramHeaders& program, LoadedObject* object) {
  const Elf64_Phdr* dynamic = program.Find(PT_DYNAMIC);
  if (dynamic == nullptr) return;
  uint64_t soname = 0;
  for (const Elf64_Dyn& entry : ReadDynamic(memory, object->dynamic, dynamic->p_memsz)) {
    if (entry.d_tag == DT_NULL) break;
    const uint64_t value = entry.d_un.d_val;
    // ld.so has added the bias in place, but not where the section is read-only (vdso, ld.so's).
    const uint64_t address = value < object->bias ? value + object->bias : value;
    switch (entry.d_tag) {
      case DT_SYMTAB:
        object->symbols = address;
        break;
      case DT_STRTAB:
        object->strings = address;
        break;
      case DT_STRSZ:
        object->strings_bytes = value;
        break;
      case DT_GNU_HASH:
        object->gnu_hash = address;
        break;
      case DT_HASH:
        object->sysv_hash = address;
        break;
      case DT_RELA:
        object->relocations = address;
        break;
      case DT_RELASZ:
        object->relocations_bytes = value;
        break;
      case DT_JMPREL:
        object->jump_slots = address;
        break;
      case DT_PLTRELSZ:
        object->jump_slots_bytes = value;
        break;
      case DT_SONAME:
        soname = value;
        break;
      default:
        break;
    }
  }
  if (soname != 0) object->soname = memory.ReadText(object->strings + soname, 256);
}

std::optional<r_debug> ReadDebugInterface(const Memory& memory, const ProgramHeaders& program) {
  const Elf64_Phdr* dynamic = program.Find(PT_DYNAMIC);
  if (dynamic == nullptr) return std::nullopt;
  for (const Elf64_Dyn& entry :
       ReadDynamic(memory, program.bias + dynamic->p_vaddr, dynamic->p_memsz)) {
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag != DT_DEBUG) continue;
    const auto debug = memory.Read<r_debug>(entry.d_un.d_ptr);
    if (debug && debug->r_version >= 1 && debug->r_map != nullptr) return debug;
  }
  return std::nullopt;
}

// Bytes, not a link_map: the fields we want are the public ones at its front.
struct Node {
  uint64_t bias, name, dynamic, next, previous;
};

// nullopt: it was changed meanwhile.
std::optional<std::vector<Node>> ReadNodes(const Memory& memory, const r_debug& debug) {
  std::vector<Node> nodes;
  auto address = reinterpret_cast<uint64_t>(debug.r_map);
  while (address != 0 && nodes.size() < kMaxObjects) {
    const auto node = memory.Read<Node>(address);
    if (!node) return std::nullopt;
    nodes.push_back(*node);
    address = node->next;
  }
  return nodes;
}

}  // namespace

std::string_view LoadedObject::name() const {
  const std::string_view whole = soname.empty() ? path : soname;
  return whole.substr(whole.rfind('/') + 1);
}

model::Result<std::vector<LoadedObject>> ReadLoadedObjects(const Memory& memory) {
  const std::string process = "process " + std::to_string(memory.pid());
  const auto program = ReadMainProgram(memory);
  if (!program) return Fail(Errc::kUnsupported, process + ": its program headers are not readable");
  if (program->Find(PT_DYNAMIC) == nullptr) {
    return Fail(Errc::kUnsupported, process + " is statically linked");
  }
  const auto debug = ReadDebugInterface(memory, *program);
  if (!debug) {
    return Fail(Errc::kUnsupported, process +
                                        " has no list of loaded objects: it is statically "
                                        "linked, or has not started yet");
  }
  if (debug->r_state != r_debug::RT_CONSISTENT) {
    return Fail(Errc::kBusy, process + " is loading or unloading a library");
  }
  const auto nodes = ReadNodes(memory, *debug);
  if (!nodes) return Fail(Errc::kBusy, process + ": the list of loaded objects is changing");
  std::vector<LoadedObject> objects;
  for (const Node& node : *nodes) {
    LoadedObject object;
    object.bias = node.bias;
    object.dynamic = node.dynamic;
    object.path = memory.ReadText(node.name);
    object.is_main_program = objects.empty();
    const auto segments = object.is_main_program ? program : ReadLibrary(memory, node.bias);
    // Unloaded meanwhile, or laid out in a way that no linker uses: nothing is known of it.
    if (!segments) continue;
    TakeSegments(*segments, &object);
    TakeDynamic(memory, *segments, &object);
    objects.push_back(std::move(object));
  }
  return objects;
}

std::optional<uint64_t> FindBias(const Memory& memory, const std::string& path) {
  const auto program = ReadMainProgram(memory);
  const auto debug = program ? ReadDebugInterface(memory, *program) : std::nullopt;
  const auto nodes = debug ? ReadNodes(memory, *debug) : std::nullopt;
  if (!nodes) return std::nullopt;
  for (const Node& node : *nodes) {
    if (memory.ReadText(node.name) == path) return node.bias;
  }
  return std::nullopt;
}

std::optional<LoadedObject> DescribeFile(const Memory& ours, uint64_t start) {
  const auto segments = ReadLibrary(ours, start);
  const Elf64_Phdr* dynamic = segments ? segments->Find(PT_DYNAMIC) : nullptr;
  if (dynamic == nullptr) return std::nullopt;
  // Tables of symbols lie in the first segment, which the file begins with; the dynamic section
  // lies in another one.
  LoadedObject object;
  object.bias = start;
  object.dynamic = start + dynamic->p_offset;
  TakeSegments(*segments, &object);
  TakeDynamic(ours, *segments, &object);
  return object;
}

}  // namespace seep::attach
