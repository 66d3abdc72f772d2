// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/loaded_program.h"

#include <algorithm>

#include "probes/ledger/attach_request.h"

namespace seep::attach {

model::Result<LoadedProgram> LoadedProgram::Read(const Memory& memory,
                                                 const LoadedProgram* earlier) {
  auto objects = ReadLoadedObjects(memory);
  if (!objects) return std::unexpected(objects.error());
  LoadedProgram program;
  for (LoadedObject& object : *objects) {
    std::shared_ptr<const Symbols> known;
    for (size_t i = 0; earlier != nullptr && i < earlier->objects_.size(); ++i) {
      // Another object may have been loaded where one was unloaded.
      const LoadedObject& other = earlier->objects_[i];
      if (other.IsSame(object) && other.path == object.path) known = earlier->symbols_[i];
    }
    if (known == nullptr) known = std::make_shared<Symbols>(Symbols::Read(memory, object));
    program.symbols_.push_back(std::move(known));
    program.objects_.push_back(std::move(object));
  }
  return program;
}

std::optional<size_t> LoadedProgram::FindObject(std::string_view name) const {
  for (size_t i = 0; i < objects_.size(); ++i) {
    if (objects_[i].name() == name) return i;
  }
  return std::nullopt;
}

std::optional<size_t> LoadedProgram::probe() const {
  return FindObject(ledger::kProbeName);
}

bool LoadedProgram::IsLoader(size_t object) const {
  return objects_[object].name().starts_with("ld-linux");
}

bool LoadedProgram::IsKernels(size_t object) const {
  return objects_[object].name().starts_with("linux-vdso");
}

std::optional<LoadedProgram::Definition> LoadedProgram::FindDefinition(
    std::string_view name) const {
  const auto own = probe();
  for (size_t i = 0; i < objects_.size(); ++i) {
    if (i == own) continue;
    if (const auto address = symbols_[i]->FindFunction(name)) return Definition{i, *address};
  }
  return std::nullopt;
}

bool LoadedProgram::HasSameObjects(const std::vector<LoadedObject>& objects) const {
  return std::equal(
      objects_.begin(), objects_.end(), objects.begin(), objects.end(),
      [](const LoadedObject& a, const LoadedObject& b) { return a.IsSame(b) && a.path == b.path; });
}

}  // namespace seep::attach
