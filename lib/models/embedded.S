// The models' files as read-only data. `.incbin` costs no compile time, unlike an array of numbers; the path is found
// through the module's include path.
#define MODEL(name, file)                                             \
  .balign 64;                                                         \
  .global athanor_model_##name##_begin, athanor_model_##name##_end;   \
  .hidden athanor_model_##name##_begin, athanor_model_##name##_end;   \
  athanor_model_##name##_begin: .incbin file;                         \
  athanor_model_##name##_end:

  .section .rodata
  MODEL(digits, "models/digits.safetensors")
  .byte 0  // so that the last model's end is an address inside the section

  // Without this note the linker would make the stack executable.
  .section .note.GNU-stack, "", %progbits
