// SPDX-License-Identifier: Apache-2.0
// All loaded objects of a process with their symbols, and which of them are special to us.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "probes/attach/symbols.h"

namespace seep::attach {

class LoadedProgram {
 public:
  // Errors are those of ReadLoadedObjects. Symbols of objects that `earlier` has are taken from it.
  static model::Result<LoadedProgram> Read(const Memory& memory,
                                           const LoadedProgram* earlier = nullptr);

  const std::vector<LoadedObject>& objects() const { return objects_; }
  const Symbols& symbols(size_t object) const { return *symbols_[object]; }

  // Of the object with that soname (or file name), nullopt: not loaded.
  std::optional<size_t> FindObject(std::string_view name) const;
  // libseep.so, whatever its file is called.
  std::optional<size_t> probe() const;
  // glibc, of which all we rely on is known.
  std::optional<size_t> libc() const { return FindObject("libc.so.6"); }
  bool IsLoader(size_t object) const;
  bool IsKernels(size_t object) const;  // the vdso

  // The first object in the order of loading, without the probe, that defines `name`, and where.
  struct Definition {
    size_t object;
    uint64_t address;
  };
  std::optional<Definition> FindDefinition(std::string_view name) const;

  // The same objects, at the same places.
  bool HasSameObjects(const std::vector<LoadedObject>& objects) const;

 private:
  std::vector<LoadedObject> objects_;
  std::vector<std::shared_ptr<const Symbols>> symbols_;  // never null; shared by later readings
};

}  // namespace seep::attach
