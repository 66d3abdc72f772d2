// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/debug_files.h"

#include <zlib.h>

#include <cstdio>
#include <filesystem>
#include <vector>

#include "agent/symbols/symbol_server.h"

namespace seep::symbols {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<ElfFile> OpenWithBuildId(const DebugSearch& search, const std::string& path,
                                         std::string_view build_id) {
  auto file = ElfFile::Open(path, search.copy_limit_bytes);
  if (!file || (*file)->BuildId() != build_id) return nullptr;
  return std::move(*file);
}

bool HasChecksum(const std::string& path, uint32_t expected) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(path.c_str(), "re"),
                                                         &std::fclose);
  if (!stream) return false;
  std::vector<unsigned char> buffer(1 << 16);
  uLong crc = crc32(0, nullptr, 0);
  for (;;) {
    const size_t got = std::fread(buffer.data(), 1, buffer.size(), stream.get());
    if (got == 0) break;
    crc = crc32(crc, buffer.data(), static_cast<uInt>(got));
  }
  return crc == expected;
}

std::string FolderOf(const std::string& path) {
  return fs::path(path).parent_path().string();
}

std::unique_ptr<ElfFile> FindHere(const DebugSearch& search, std::string_view build_id) {
  if (build_id.size() < 3) return nullptr;
  const std::string name = "/.build-id/" + std::string(build_id.substr(0, 2)) + "/" +
                           std::string(build_id.substr(2)) + ".debug";
  for (const std::string& folder : search.folders) {
    if (auto file = OpenWithBuildId(search, folder + name, build_id)) return file;
  }
  return nullptr;
}

std::unique_ptr<ElfFile> Fetch(const DebugSearch& search, std::string_view build_id) {
  if (search.server == nullptr) return nullptr;
  const auto path = search.server->Find(std::string(build_id));
  return path ? OpenWithBuildId(search, *path, build_id) : nullptr;
}

std::unique_ptr<ElfFile> FindByLink(const DebugSearch& search, const ElfFile& file,
                                    const std::string& build_id) {
  const auto link = file.Link();
  if (!link) return nullptr;

  const std::string folder = FolderOf(file.path());
  std::vector<std::string> candidates = {folder + "/" + link->file_name,
                                         folder + "/.debug/" + link->file_name};
  for (const std::string& root : search.folders) {
    candidates.push_back(root + "/" + folder + "/" + link->file_name);
  }
  for (const std::string& path : candidates) {
    auto found = OpenWithBuildId(search, path, build_id);
    if (found && (!build_id.empty() || HasChecksum(path, link->crc))) return found;
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<ElfFile> FindByBuildId(const DebugSearch& search, std::string_view build_id) {
  if (auto found = FindHere(search, build_id)) return found;
  return Fetch(search, build_id);
}

std::unique_ptr<ElfFile> FindDebugFile(const DebugSearch& search, const ElfFile& file) {
  const std::string build_id = file.BuildId();
  if (auto found = FindHere(search, build_id)) return found;
  if (auto found = FindByLink(search, file, build_id)) return found;
  return Fetch(search, build_id);
}

std::unique_ptr<ElfFile> FindSharedFile(const DebugSearch& search, const std::string& debug_file,
                                        const std::string& name, std::string_view build_id) {
  if (auto found = FindHere(search, build_id)) return found;
  const std::string beside = (fs::path(FolderOf(debug_file)) / name).string();
  if (auto found = OpenWithBuildId(search, beside, build_id)) return found;
  return Fetch(search, build_id);
}

}  // namespace seep::symbols
