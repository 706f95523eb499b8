# For those who build with node-gyp (see README.md); flags as in build.sh, less two warnings that Node's own headers give
# (node-gyp includes them as ordinary ones). Kept in this folder and not at the package's
# root, or npm would run node-gyp at every user's.
{
  'targets': [
    {
      'target_name': 'alphapulse_bus',
      'sources': ['<!@(ls src/*.c)'],
      'cflags': [
        '-std=c11',
        '-D_GNU_SOURCE',
        '-O2',
        '-fPIC',
        '-fvisibility=hidden',
        '-fno-plt',
        '-Wall',
        '-Wextra',
        '-Wconversion',
        '-Wshadow',
        '-Wstrict-prototypes',
        '-fno-stack-protector',
        '-U_FORTIFY_SOURCE',
        '-fno-asynchronous-unwind-tables',
        '-fno-ident',
      ],
      'ldflags': ['-nostdlib', '-Wl,--build-id=none', '-Wl,-z,now', '-Wl,-z,relro', '-Wl,-z,noexecstack', '-Wl,-s'],
      'conditions': [['target_arch=="arm64"', {'cflags': ['-mno-outline-atomics']}]],
    }
  ]
}
