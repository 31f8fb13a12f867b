// What the command line says about files, checked before any work, and hashed for the history.
#pragma once

#include <vector>

#include "core/fields.h"
#include "io/history.h"
#include "io/output.h"

namespace athanor::cli {

/// Whether the field names something that the tool writes, resumable or not.
bool is_output(const Field& field);
bool has_output(const std::vector<Field>& fields);
/// Throws Error{usage} when two inputs are standard input, or it is a terminal. Whether a file exists is seen when it
/// is opened: an input may also be the name of an embedded model or of a distribution.
void check_inputs(const std::vector<Field>& fields);
/// Throws as io::check_output for every output that is given, and Error{usage} when two outputs are the same. A path
/// that ends in "/" is a folder of outputs, of which the tool checks each; so it does with resumable outputs.
void check_outputs(const std::vector<Field>& fields, io::Existing existing);
/// The records with the SHA-256 of the whole file in place of its header's, for inputs that are regular files.
std::vector<io::InputRecord> with_whole_hashes(std::vector<io::InputRecord> records, const std::vector<Field>& fields);

}  // namespace athanor::cli
