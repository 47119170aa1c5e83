# What `cmake --install` lays down: headers, both libraries, a CMake package and a pkg-config file.
include(CMakePackageConfigHelpers)

install(TARGETS relay_static relay_shared EXPORT relay-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/relay DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT relay-targets FILE relay-targets.cmake NAMESPACE relay::
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/relay)
configure_package_config_file(relay-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/relay-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/relay)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/relay-config-version.cmake
  COMPATIBILITY SameMinorVersion) # SameMajorVersion from 1.0 on
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/relay-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/relay-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/relay)
configure_file(relay.pc.in ${CMAKE_CURRENT_BINARY_DIR}/relay.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/relay.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
