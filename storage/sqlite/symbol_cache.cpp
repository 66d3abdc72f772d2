// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/symbol_cache.h"

namespace seep::sqlite {

model::Result<std::optional<std::vector<model::SourceFrame>>> GetSymbol(Database& database,
                                                                        std::string_view build_id,
                                                                        uint64_t address) {
  std::vector<model::SourceFrame> frames;
  model::SourceFrame frame;
  Rows rows = database.Query(
      "SELECT function, file, line, module, is_inlined FROM symbol "
      "WHERE build_id = ? AND address = ? ORDER BY position",
      build_id, address);
  while (rows.Next(frame.function, frame.file, frame.line, frame.module, frame.is_inlined)) {
    frames.push_back(frame);
  }
  if (!rows.status()) return std::unexpected(rows.status().error());
  if (frames.empty()) return std::nullopt;
  return frames;
}

model::Status PutSymbols(Database& database, std::span<const CachedSymbol> symbols) {
  auto transaction = Transaction::Start(database, Transaction::Kind::kWrite);
  if (!transaction) return std::unexpected(transaction.error());
  for (const CachedSymbol& symbol : symbols) {
    if (symbol.build_id.empty()) continue;
    // The new list may be shorter.
    auto s = database.Run("DELETE FROM symbol WHERE build_id = ? AND address = ?", symbol.build_id,
                          symbol.address);
    if (!s) return s;
    for (size_t position = 0; position < symbol.frames.size(); ++position) {
      const model::SourceFrame& frame = symbol.frames[position];
      s = database.Run(
          "INSERT INTO symbol (build_id, address, position, function, file, line, module, "
          "is_inlined) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          symbol.build_id, symbol.address, position, frame.function, frame.file, frame.line,
          frame.module, frame.is_inlined);
      if (!s) return s;
    }
  }
  return transaction->Commit();
}

}  // namespace seep::sqlite
